/** Reversal: returns some or all of a completed payment. An API operator of the organisation authorises it. */
import { readNamedPayment } from "../../../payments/queries.ts";
import { commonCodes, listCodes, paymentCodes } from "../codes.ts";
import { checkInitiator } from "../initiator.ts";
import { defineIpgV1Operation, transactionIdField } from "../operation.ts";
import {
  amount,
  initiatorIdentifier,
  optional,
  securityCredential,
  shortcode,
  thirdPartyReference,
  transactionId,
  withDetails,
} from "../parameters.ts";
import { paymentOutcomes } from "../scenarios.ts";

export const reversal = defineIpgV1Operation({
  product: "ipgV1Reversal",
  shortName: "reversal",
  title: "Reversal",
  description:
    "Reverses a completed payment, in full or in part. Only an organisation that paid or received it may request this.",
  method: "PUT",
  path: "reversal",
  listener: "reversal",
  success: { code: "INS-0", status: 201 },
  codes: listCodes(commonCodes, paymentCodes, ["INS-18", "INS-24", "INS-25", "INS-2001"]),
  parameters: {
    input_TransactionID: transactionId,
    input_SecurityCredential: securityCredential,
    input_InitiatorIdentifier: initiatorIdentifier,
    input_ThirdPartyReference: thirdPartyReference,
    input_ServiceProviderCode: shortcode,
    input_ReversalAmount: withDetails(optional(amount), {
      description: `What is reversed. Default: all that has not been reversed yet. ${amount.description}`,
      aliases: ["input_Amount"],
    }),
  },
  organisation: "input_ServiceProviderCode",
  response: transactionIdField,
  trigger: {
    field: "input_TransactionID",
    scheme: "transaction",
    outcomes: {
      "INS-0": "accepted",
      ...paymentOutcomes,
      "INS-18": "payment_unknown",
      "INS-26": "payment_not_yours",
      "INS-2001": "initiator_credential_invalid",
      "INS-2006": "receiver_balance_too_low",
    },
  },

  async handle(call) {
    const { values, request, payments, identifiers } = call;
    const refusal = call.scenario === null ? await checkInitiator(call) : null;
    const name = values.input_TransactionID;
    // The reference of another reversal must not name a payment, so only ids do.
    const original = refusal === null ? await readNamedPayment(payments.context, name) : undefined;
    const outcome = await payments.reverse({
      ...request,
      refusal,
      amountMinor: values.input_ReversalAmount,
      paymentId: original?.id ?? null,
    });
    const paymentName = original === undefined ? name : identifiers.transactionId(original.id);
    const part = values.input_ReversalAmount === null ? "" : " in part";
    return { outcome, reason: `${paymentName} was reversed${part}.` };
  },
});
