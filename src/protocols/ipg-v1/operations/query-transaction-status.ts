/** Query transaction status: the outcome of a payment, by any of its names. */
import { findPayment } from "../../../payments/queries.ts";
import type { PaymentStatus } from "../../../payments/instruction.ts";
import { commonCodes, listCodes } from "../codes.ts";
import { defineIpgV1Operation, transactionIdField } from "../operation.ts";
import { queryReference, shortcode, thirdPartyReference } from "../parameters.ts";
import { productNames, products } from "../products.ts";
import { queryOutcomes } from "../scenarios.ts";

/** The wire's text for each status. IPG v1 has no word for a payment that failed: it moved no money, as a cancelled one. */
const statusTexts: Readonly<Record<PaymentStatus, string>> = {
  held: "N/A",
  completed: "Completed",
  failed: "Cancelled",
  cancelled: "Cancelled",
  expired: "Expired",
};

/** The calls whose references name payments: all but those whose references may repeat. */
const referenceOperations = productNames.filter((name) => products[name].idempotent);

export const queryTransactionStatus = defineIpgV1Operation({
  product: "ipgV1QueryTransactionStatus",
  shortName: "queryTransactionStatus",
  title: "Query transaction status",
  description:
    "Returns a payment's status: Completed, Cancelled (also if it failed), Expired, or N/A while it is open.",
  method: "GET",
  path: "queryTransactionStatus",
  listener: "queryTransactionStatus",
  success: { code: "INS-0", status: 200 },
  codes: listCodes(commonCodes, ["INS-14", "INS-23"]),
  parameters: {
    input_ThirdPartyReference: thirdPartyReference,
    input_QueryReference: queryReference,
    input_ServiceProviderCode: shortcode,
  },
  organisation: "input_ServiceProviderCode",
  response: {
    ...transactionIdField,
    output_ResponseTransactionStatus: {
      description: "Completed, Cancelled, Expired, or N/A while the payment is open.",
      example: "Completed",
      failureValue: "N/A",
    },
  },
  trigger: {
    field: "input_QueryReference",
    scheme: "transaction",
    outcomes: { "INS-0": "accepted", ...queryOutcomes, "INS-23": "payment_unknown" },
  },

  async handle({ values, request, payments, identifiers, scenario }) {
    if (scenario?.outcome === "refused") return { refusal: scenario.refusal };
    if (scenario !== null)
      return toResult(
        "Completed",
        values.input_QueryReference,
        "A sandbox scenario requested this response.",
      );
    const result = await findPayment(
      payments.context,
      request,
      values.input_QueryReference,
      referenceOperations,
    );
    if ("refusal" in result) return result;
    const { payment } = result;
    const reason =
      payment.refusal === null
        ? `The payment is ${payment.status}.`
        : `The payment is ${payment.status}: ${payment.refusal}.`;
    return toResult(statusTexts[payment.status], identifiers.transactionId(payment.id), reason);
  },
});

function toResult(status: string, transactionId: string, reason: string) {
  return {
    fields: { output_TransactionID: transactionId, output_ResponseTransactionStatus: status },
    reason,
  };
}
