/** The calls of the checkout's samples. Each announces a checkout of its own, and goes on as far as its call. */
import { toKebabCase } from "../../../samples/text.ts";
import { buildExampleCheckout } from "../build-request.ts";
import { confirmTransaction } from "../confirm-transaction.ts";
import type { LnmoOperation } from "../operation.ts";
import { processCheckOut } from "../process-check-out.ts";
import { queryStatus } from "../query-status.ts";

/** Values of a user's own, at the top of a sample, in the order of their declarations. */
export const declaredValues = {
  baseUrl: { sandboxPath: ["url"] },
  merchantId: { sandboxPath: ["lnmo", "merchantId"] },
  passkey: { sandboxPath: ["lnmo", "passkey"] },
  customer: { literal: "254708374149" },
  callBackUrl: { literal: "http://127.0.0.1:9/callback" },
} as const satisfies Record<
  string,
  { readonly sandboxPath: readonly string[] } | { readonly literal: string }
>;

/** Also what a run makes: its own id of the payment, and the checkout's from the first answer. */
export type LnmoValueName = keyof typeof declaredValues | "transactionId" | "trxId";

/** A literal, or the name of a value. */
export type LnmoSampleField = string | { readonly value: LnmoValueName };

export interface LnmoSampleStep {
  readonly comment: string;
  readonly operation: LnmoOperation;
  readonly fields: Readonly<Record<string, LnmoSampleField>>;
}

export interface LnmoSampleCall {
  /** Of the file: `lnmo-process-check-out`. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly steps: readonly LnmoSampleStep[];
}

const named = { TRX_ID: { value: "trxId" } } as const;

const steps: readonly LnmoSampleStep[] = [
  {
    comment: "Announces the payment. No phone rings.",
    operation: processCheckOut,
    fields: {
      ...buildExampleCheckout(),
      MERCHANT_TRANSACTION_ID: { value: "transactionId" },
      MSISDN: { value: "customer" },
      CALL_BACK_URL: { value: "callBackUrl" },
    },
  },
  {
    comment: "Confirms it: the customer is asked now. The result follows at the CALL_BACK_URL.",
    operation: confirmTransaction,
    fields: named,
  },
  {
    comment: "Asks what became of it: TRX_STATUS is Pending, Success or Failed.",
    operation: queryStatus,
    fields: named,
  },
];

export const sampleCalls: readonly LnmoSampleCall[] = steps.map(({ operation }, index) => ({
  name: `lnmo-${toKebabCase(operation.name)}`,
  title: `LNMO ${operation.name}`,
  description: operation.description,
  steps: steps.slice(0, index + 1),
}));
