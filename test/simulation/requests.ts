/** The requests of a simulated town: what each kind of payment sends. */
import { collectPath, paymentFields, type Server } from "../town/server.ts";
import type { PaymentKind, PaymentStep } from "./plan.ts";
import type { Sent } from "./run.ts";

export interface Request {
  readonly kind: PaymentKind;
  readonly method: "POST" | "PUT";
  readonly path: string;
  readonly fields: object;
}

interface About {
  readonly step: PaymentStep;
  readonly reference: string;
  readonly server: Server;
  readonly msisdn: string;
  /** What was sent before, for what is done to an earlier payment. */
  readonly sent: readonly Sent[];
}

/** What is done to an earlier payment becomes a collection while there is none that it can be done to. */
export function requestFor(about: About): Request {
  return requests[about.step.kind](about) ?? (requests.collect(about) as Request);
}

const requests: Readonly<Record<PaymentKind, (about: About) => Request | null>> = {
  collect: (about) => ({ kind: "collect", method: "POST", path: collectPath, fields: money(about) }),
  hold: (about) => ({
    kind: "hold",
    method: "POST",
    path: "c2bPayment/multiStage/",
    fields: { ...money(about), input_APIVersion: "3.1" },
  }),
  pay_out(about) {
    const { input_PurchasedItemsDesc: input_PaymentItemsDesc, ...fields } = money(about);
    return {
      kind: "pay_out",
      method: "POST",
      path: "b2cPayment/",
      fields: { ...fields, input_PaymentItemsDesc },
    };
  },
  consent: (about) => ({
    kind: "consent",
    method: "POST",
    path: "directDebitCreation/",
    fields: {
      ...place(about),
      input_CustomerMSISDN: about.msisdn,
      input_ThirdPartyReference: `Mandate${about.reference}`,
      input_AgreedTC: "1",
      input_FirstPaymentDate: "20200101",
      input_Frequency: "02",
    },
  }),
  reverse(about) {
    const earlier = earlierPayment(about, ["collect", "pay_out"]);
    if (earlier === null) return null;
    const fields = { ...place(about), input_TransactionID: earlier.transactionId };
    return { kind: "reverse", method: "PUT", path: "reversal/", fields };
  },
  commit: (about) => secondStep(about, "1"),
  release: (about) => secondStep(about, "0"),
};

const money = ({ server, step, msisdn, reference }: About) =>
  paymentFields(server, {
    input_Amount: String(step.amount),
    input_CustomerMSISDN: msisdn,
    input_ThirdPartyConversationID: reference,
  });

const place = ({ reference }: About) => ({
  input_Country: "TZN",
  input_ServiceProviderCode: "000000",
  input_ThirdPartyConversationID: reference,
});

function secondStep(about: About, ends: "0" | "1"): Request | null {
  const earlier = earlierPayment(about, ["hold"]);
  if (earlier === null) return null;
  return {
    kind: about.step.kind,
    method: "PUT",
    path: "updateTransactionStatus/",
    fields: {
      ...place(about),
      input_CustomerMSISDN: ends,
      input_TransactionID: earlier.transactionId,
      input_VoucherCode: earlier.voucher,
      input_APIVersion: "3.1",
    },
  };
}

/** An earlier payment of these kinds whose ending its caller has heard, from the answer or from the callback. */
function earlierPayment(
  { sent, step }: About,
  kinds: readonly PaymentKind[],
): { transactionId: string; voucher: string } | null {
  const known = sent.flatMap(({ kind, heard, listener }) => {
    if (!kinds.includes(kind) || heard === null) return [];
    const told = listener?.seen.get(heard.body["output_ConversationID"] ?? "")?.fields ?? {};
    const transactionId = heard.body["output_TransactionID"] ?? told["input_TransactionID"];
    const voucher = heard.body["output_VoucherCode"] ?? told["input_VoucherCode"] ?? "";
    return transactionId === undefined ? [] : [{ transactionId, voucher }];
  });
  return known.at(-1 - (step.earlier % Math.max(known.length, 1))) ?? null;
}
