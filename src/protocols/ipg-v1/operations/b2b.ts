/** B2B: one organisation pays another. */
import { commonCodes, listCodes, paymentCodes } from "../codes.ts";
import { formatMoney } from "../log-text.ts";
import { defineIpgV1Operation, transactionIdField } from "../operation.ts";
import { amount, shortcode, thirdPartyReference, transactionReference, withDetails } from "../parameters.ts";
import { paymentOutcomes } from "../scenarios.ts";

export const b2b = defineIpgV1Operation({
  product: "ipgV1B2b",
  shortName: "b2b",
  title: "B2B",
  description: "One organisation pays another: for stock, a bill or a share of a sale.",
  method: "POST",
  path: "b2bPayment",
  listener: "b2b",
  success: { code: "INS-0", status: 201 },
  codes: listCodes(commonCodes, paymentCodes, ["INS-17", "INS-2002"]),
  parameters: {
    input_TransactionReference: transactionReference,
    input_Amount: withDetails(amount, { description: `What the receiver gets. ${amount.description}` }),
    input_ThirdPartyReference: thirdPartyReference,
    input_PrimaryPartyCode: withDetails(shortcode, {
      description: "The shortcode of the paying organisation.",
      aliases: ["input_ServiceProviderCode"],
    }),
    input_ReceiverPartyCode: withDetails(shortcode, {
      description: "The shortcode of the receiving organisation.",
      example: "979797",
    }),
  },
  organisation: "input_PrimaryPartyCode",
  response: transactionIdField,
  trigger: {
    field: "input_ReceiverPartyCode",
    scheme: "shortcode",
    outcomes: {
      ...paymentOutcomes,
      "INS-2002": "receiver_invalid",
      "INS-2006": "organisation_balance_too_low",
    },
  },

  async handle({ values, request, payments }) {
    const { input_PrimaryPartyCode: payer, input_ReceiverPartyCode: receiver } = values;
    const outcome = await payments.transfer({
      ...request,
      receiver,
      receiverAccount: "working",
      amountMinor: values.input_Amount,
      customerReference: values.input_TransactionReference,
      description: "",
    });
    return {
      outcome,
      reason: `Transferred ${formatMoney(values.input_Amount)} from ${payer} to ${receiver}.`,
    };
  },
});
