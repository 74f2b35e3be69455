/** Reversal: returns some or all of a completed payment. */
import { commonCodes } from "../codes.ts";
import { pickResponseFields, moneyCallback, defineOperation, transactionIdField } from "../operation.ts";
import {
  amount,
  country,
  withDescription,
  optional,
  refuseEmpty,
  serviceProviderCode,
  thirdPartyConversationId,
  transactionId,
} from "../parameters.ts";

export const reversal = defineOperation({
  product: "reversal",
  title: "Reversal",
  description:
    "Reverses a completed payment, in full or in part. Only an organisation that paid or received it may request this.",
  method: "PUT",
  path: "reversal",
  markets: null,
  success: { code: "INS-0", status: 201 },
  codes: { ...commonCodes, "INS-10": 409, "INS-15": 400, "INS-18": 400, "INS-35": 400, "INS-2006": 422 },
  parameters: {
    // A number that is not a number is null in JSON.
    input_ReversalAmount: refuseEmpty(
      optional(
        withDescription(amount, "The amount to reverse. Default: all that has not been reversed yet."),
      ),
      "empty or null",
    ),
    input_Country: country,
    input_TransactionID: transactionId,
    input_ServiceProviderCode: serviceProviderCode,
    input_ThirdPartyConversationID: thirdPartyConversationId,
  },
  otherNames: { input_Amount: "input_ReversalAmount" },
  organisation: "input_ServiceProviderCode",
  response: pickResponseFields("output_TransactionID"),
  callback: moneyCallback,

  async handle({ values, request, payments, identifiers }) {
    const outcome = await payments.reverse({
      ...request,
      amountMinor: values.input_ReversalAmount,
      paymentId: identifiers.parse(values.input_TransactionID),
    });
    return {
      outcome,
      reason: `${identifiers.toTransactionId(values.input_TransactionID)} was reversed${values.input_ReversalAmount === null ? "" : " in part"}.`,
    };
  },
  responseFields: transactionIdField,
});
