/** B2C: an organisation pays a customer. */
import { commonCodes, limitCodes } from "../codes.ts";
import { pickResponseFields, moneyCallback, defineOperation, transactionIdField } from "../operation.ts";
import {
  amount,
  country,
  currency,
  customerMsisdn,
  withDescription,
  paymentItemsDesc,
  serviceProviderCode,
  thirdPartyConversationId,
  transactionReference,
} from "../parameters.ts";
import { formatMoney } from "../log-text.ts";

export const b2c = defineOperation({
  product: "b2c",
  title: "B2C",
  description: "An organisation pays a customer: for example a salary, a refund or a prize.",
  method: "POST",
  path: "b2cPayment",
  markets: null,
  success: { code: "INS-0", status: 201 },
  codes: {
    ...commonCodes,
    ...limitCodes,
    "INS-10": 409,
    "INS-15": 400,
    "INS-17": 400,
    "INS-26": 400,
    "INS-31": 400,
    "INS-2006": 422,
    "INS-2051": 400,
  },
  parameters: {
    input_Amount: withDescription(amount, "The amount that the customer gets."),
    input_CustomerMSISDN: withDescription(
      customerMsisdn,
      "The MSISDN of the customer who receives the money.",
    ),
    input_Country: country,
    input_Currency: currency,
    input_ServiceProviderCode: withDescription(
      serviceProviderCode,
      "The shortcode of the paying organisation.",
    ),
    input_TransactionReference: transactionReference,
    input_ThirdPartyConversationID: thirdPartyConversationId,
    input_PaymentItemsDesc: paymentItemsDesc,
  },
  organisation: "input_ServiceProviderCode",
  response: pickResponseFields("output_TransactionID"),
  callback: moneyCallback,

  async handle(validated) {
    const { values, request, payments } = validated;
    const outcome = await payments.payOut({
      ...request,
      msisdn: values.input_CustomerMSISDN,
      amountMinor: values.input_Amount,
      customerReference: values.input_TransactionReference,
      description: values.input_PaymentItemsDesc,
    });
    return {
      outcome,
      reason: `Paid out ${formatMoney(validated)} from ${values.input_ServiceProviderCode}.`,
    };
  },
  responseFields: transactionIdField,
});
