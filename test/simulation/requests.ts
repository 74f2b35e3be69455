/** The requests of a simulation: what each kind of payment sends. */
import { collectPath, paymentFields, type Server } from "../support/server.ts";
import type { PaymentKind, PaymentStep } from "./plan.ts";
import type { SentPayment } from "./run.ts";

export interface SimulationRequest {
  readonly kind: PaymentKind;
  readonly method: "POST" | "PUT";
  readonly path: string;
  readonly fields: object;
}

interface RequestContext {
  readonly step: PaymentStep;
  readonly reference: string;
  readonly server: Server;
  readonly msisdn: string;
  /** The requests sent before, for follow-ups of an earlier payment. */
  readonly sent: readonly SentPayment[];
}

/** A follow-up becomes a collection while there is no suitable earlier payment. */
export function createRequest(context: RequestContext): SimulationRequest {
  return (
    requestBuilders[context.step.kind](context) ?? (requestBuilders.collect(context) as SimulationRequest)
  );
}

const requestBuilders: Readonly<Record<PaymentKind, (context: RequestContext) => SimulationRequest | null>> =
  {
    collect: (context) => ({
      kind: "collect",
      method: "POST",
      path: collectPath,
      fields: paymentParameters(context),
    }),
    hold: (context) => ({
      kind: "hold",
      method: "POST",
      path: "c2bPayment/multiStage/",
      fields: { ...paymentParameters(context), input_APIVersion: "3.1" },
    }),
    pay_out(context) {
      const { input_PurchasedItemsDesc: input_PaymentItemsDesc, ...fields } = paymentParameters(context);
      return {
        kind: "pay_out",
        method: "POST",
        path: "b2cPayment/",
        fields: { ...fields, input_PaymentItemsDesc },
      };
    },
    consent: (context) => ({
      kind: "consent",
      method: "POST",
      path: "directDebitCreation/",
      fields: {
        ...commonParameters(context),
        input_CustomerMSISDN: context.msisdn,
        input_ThirdPartyReference: `Mandate${context.reference}`,
        input_AgreedTC: "1",
        input_FirstPaymentDate: "20200101",
        input_Frequency: "02",
      },
    }),
    reverse(context) {
      const earlier = findEarlierPayment(context, ["collect", "pay_out"]);
      if (earlier === null) return null;
      const fields = { ...commonParameters(context), input_TransactionID: earlier.transactionId };
      return { kind: "reverse", method: "PUT", path: "reversal/", fields };
    },
    commit: (context) => createSecondStep(context, "1"),
    release: (context) => createSecondStep(context, "0"),
  };

const paymentParameters = ({ server, step, msisdn, reference }: RequestContext) =>
  paymentFields(server, {
    input_Amount: String(step.amount),
    input_CustomerMSISDN: msisdn,
    input_ThirdPartyConversationID: reference,
  });

const commonParameters = ({ reference }: RequestContext) => ({
  input_Country: "TZN",
  input_ServiceProviderCode: "000000",
  input_ThirdPartyConversationID: reference,
});

function createSecondStep(context: RequestContext, outcome: "0" | "1"): SimulationRequest | null {
  const earlier = findEarlierPayment(context, ["hold"]);
  if (earlier === null) return null;
  return {
    kind: context.step.kind,
    method: "PUT",
    path: "updateTransactionStatus/",
    fields: {
      ...commonParameters(context),
      input_CustomerMSISDN: outcome,
      input_TransactionID: earlier.transactionId,
      input_VoucherCode: earlier.voucher,
      input_APIVersion: "3.1",
    },
  };
}

/** An earlier payment of these kinds whose result the client has, from the response or the callback. */
function findEarlierPayment(
  { sent, step }: RequestContext,
  kinds: readonly PaymentKind[],
): { transactionId: string; voucher: string } | null {
  const known = sent.flatMap(({ kind, result, listener }) => {
    if (!kinds.includes(kind) || result === null) return [];
    const callback = listener?.received.get(result.body["output_ConversationID"] ?? "")?.fields ?? {};
    const transactionId = result.body["output_TransactionID"] ?? callback["input_TransactionID"];
    const voucher = result.body["output_VoucherCode"] ?? callback["input_VoucherCode"] ?? "";
    return transactionId === undefined ? [] : [{ transactionId, voucher }];
  });
  return known.at(-1 - (step.earlier % Math.max(known.length, 1))) ?? null;
}
