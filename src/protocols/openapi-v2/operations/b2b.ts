/** B2B: one organisation pays another. */
import { commonCodes, limitCodes } from "../codes.ts";
import { pickResponseFields, moneyCallback, defineOperation, transactionIdField } from "../operation.ts";
import {
  amount,
  country,
  currency,
  withDescription,
  purchasedItemsDesc,
  serviceProviderCode,
  thirdPartyConversationId,
  transactionReference,
} from "../parameters.ts";
import { formatMoney } from "../log-text.ts";

export const b2b = defineOperation({
  product: "b2b",
  title: "B2B",
  description: "One organisation pays another: for stock, a bill or a share of a sale.",
  method: "POST",
  path: "b2bPayment",
  markets: null,
  success: { code: "INS-0", status: 201 },
  codes: {
    ...commonCodes,
    ...limitCodes,
    "INS-10": 409,
    "INS-15": 400,
    "INS-17": 400,
    "INS-26": 400,
    "INS-30": 400,
    "INS-2006": 422,
  },
  parameters: {
    input_Amount: withDescription(amount, "The amount that the receiver gets."),
    input_ReceiverPartyCode: withDescription(
      serviceProviderCode,
      "The shortcode of the receiving organisation.",
      "000001",
    ),
    input_Country: country,
    input_Currency: currency,
    input_PrimaryPartyCode: withDescription(serviceProviderCode, "The shortcode of the paying organisation."),
    input_TransactionReference: transactionReference,
    input_ThirdPartyConversationID: thirdPartyConversationId,
    input_PurchasedItemsDesc: purchasedItemsDesc,
  },
  organisation: "input_PrimaryPartyCode",
  response: pickResponseFields("output_TransactionID"),
  callback: moneyCallback,

  async handle(validated) {
    const { values, request, payments } = validated;
    const outcome = await payments.transfer({
      ...request,
      receiver: values.input_ReceiverPartyCode,
      receiverAccount: "working",
      amountMinor: values.input_Amount,
      customerReference: values.input_TransactionReference,
      description: values.input_PurchasedItemsDesc,
    });
    return {
      outcome,
      reason: `Transferred ${formatMoney(validated)} from ${values.input_PrimaryPartyCode} to ${values.input_ReceiverPartyCode}.`,
    };
  },
  responseFields: transactionIdField,
});
