/** Query transaction status: the outcome of a payment, by any of its three references. */
import { findPayment } from "../../../payments/queries.ts";
import type { PaymentStatus } from "../../../payments/instruction.ts";
import { commonCodes } from "../codes.ts";
import { defineOperation } from "../operation.ts";
import { country, queryReference, serviceProviderCode, thirdPartyConversationId } from "../parameters.ts";
import { productNames, products } from "../products.ts";

/** The wire's text for each status. A payment that is still open has N/A. */
const statusTexts: Readonly<Record<PaymentStatus, string>> = {
  held: "N/A",
  completed: "Completed",
  failed: "Failed",
  cancelled: "Cancelled",
  expired: "Expired",
};

export const queryTransactionStatus = defineOperation({
  product: "queryTransactionStatus",
  title: "Query transaction status",
  description:
    "Returns a payment's status (Completed, Cancelled, Expired or Failed, or N/A while it is open) and whether any of it was reversed.",
  method: "GET",
  path: "queryTransactionStatus",
  markets: null,
  success: { code: "INS-0", status: 200 },
  codes: { ...commonCodes, "INS-23": 400 },
  parameters: {
    input_QueryReference: queryReference,
    input_Country: country,
    input_ServiceProviderCode: serviceProviderCode,
    input_ThirdPartyConversationID: thirdPartyConversationId,
  },
  organisation: "input_ServiceProviderCode",
  response: {
    output_ResponseTransactionStatus: {
      description: "Completed, Cancelled, Expired, Failed, or N/A while the payment is open.",
      example: "Completed",
    },
    output_OriginalTransactionID: { description: "The payment's TransactionID.", example: "hv9ahxcg4ccv" },
    output_Reversed: {
      description: "True if any of the payment was reversed, else False.",
      example: "False",
    },
  },
  callback: {
    resultPrefix: "Result",
    fields: ["input_TransactionID", "input_OriginalTransactionID", "input_Reversed"],
    acknowledgementCode: "0",
  },

  async handle({ values, request, payments, identifiers, scenario }) {
    const reference = values.input_QueryReference;
    if (scenario?.outcome === "refused") return { refusal: scenario.refusal };
    if (scenario !== null) {
      const reversed = reference.length === 21 ? "True" : "False";
      return toResult("Completed", reference, reversed, "A sandbox scenario requested this response.");
    }
    const result = await findPayment(payments.context, request, reference, referenceOperations);
    if ("refusal" in result) return result;
    const { payment } = result;
    const status = statusTexts[payment.status];
    return toResult(
      status,
      identifiers.transactionId(payment.id),
      payment.reversedMinor > 0n ? "True" : "False",
      `The payment is ${payment.status}.`,
    );
  },
});

/** The calls whose references name payments: all but those whose references may repeat. */
const referenceOperations = productNames.filter((name) => products[name].idempotent);

function toResult(status: string, transactionId: string, reversed: string, reason: string) {
  return {
    fields: {
      output_ResponseTransactionStatus: status,
      output_OriginalTransactionID: transactionId,
      output_Reversed: reversed,
    },
    reason,
  };
}
