/** Query transaction status: how a payment ended, by any of its three references. */
import { findPayment } from "../../payments/queries.ts";
import type { PaymentStatus } from "../../payments/order.ts";
import { commonCodes } from "./codes.ts";
import { operation } from "./operation.ts";
import { country, queryReference, serviceProviderCode, thirdPartyConversationId } from "./parameters.ts";

/** The wire's word for each status; a payment that is still open has none yet. */
const statusWords: Readonly<Record<PaymentStatus, string>> = {
  held: "N/A",
  completed: "Completed",
  failed: "Failed",
  cancelled: "Cancelled",
  expired: "Expired",
};

export const queryTransactionStatus = operation({
  product: "queryTransactionStatus",
  title: "Query transaction status",
  describes:
    "Tells how a payment ended: Completed, Cancelled, Expired or Failed, or N/A while it is open; and whether any of it was reversed.",
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
  answers: {
    output_ResponseTransactionStatus: {
      describes: "Completed, Cancelled, Expired, Failed, or N/A while the payment is open.",
      example: "Completed",
    },
    output_OriginalTransactionID: { describes: "The payment's TransactionID.", example: "hv9ahxcg4ccv" },
    output_Reversed: {
      describes: "True once any of the payment was reversed, else False.",
      example: "False",
    },
  },
  callback: {
    names: "Result",
    fields: ["input_TransactionID", "input_OriginalTransactionID", "input_Reversed"],
    acknowledgedBy: "0",
  },

  async handle({ values, request, payments, wire, scenario }) {
    const reference = values.input_QueryReference;
    if (scenario?.ends === "refused") return { refusal: scenario.refusal };
    if (scenario !== null) {
      const reversed = reference.length === 21 ? "True" : "False";
      return answer("Completed", reference, reversed, "A sandbox scenario asked for this answer.");
    }
    const found = await findPayment(payments.context, request, reference);
    if ("refusal" in found) return found;
    const { payment } = found;
    const status = statusWords[payment.status];
    return answer(
      status,
      wire.transactionId(payment.id),
      payment.reversedMinor > 0n ? "True" : "False",
      `The payment is ${payment.status}.`,
    );
  },
});

function answer(status: string, transactionId: string, reversed: string, because: string) {
  return {
    fields: {
      output_ResponseTransactionStatus: status,
      output_OriginalTransactionID: transactionId,
      output_Reversed: reversed,
    },
    because,
  };
}
