/** Organisations that take customers' payments in Kenya's sandbox: their URLs, and payments to them. */
import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import type { ControlResult } from "../../src/api/control/client.ts";
import { railFor } from "../../src/core/rails.ts";
import { registerOrganisations } from "../../src/organisations/register-organisations.ts";
import { payMerchant, type MerchantPaymentRequest } from "../../src/payments/pay-merchant.ts";
import type { Payments } from "../../src/payments/payments.ts";
import type { Outcome } from "../../src/payments/instruction.ts";
import type { Sql } from "../../src/store/driver/connect.ts";
import { insertC2bUrls, type ResponseType } from "../../src/store/rail/c2b-urls.ts";
import { updateOrganisationSettings, type OrganisationKind } from "../../src/store/rail/organisations.ts";
import { control } from "./control.ts";
import { kenya } from "./daraja.ts";
import type { ListenerBehaviour } from "./listener.ts";
import { waitFor } from "./prompts.ts";
import type { TestSandbox } from "./sandbox.ts";

export { kenya };

export const getKenyanPayments = ({ platform }: TestSandbox): Payments =>
  platform.payments(railFor("sandbox", kenya));

export interface MerchantOptions {
  readonly kind?: OrganisationKind;
  readonly validationUrl?: string | null;
  readonly confirmationUrl?: string;
  readonly responseType?: ResponseType;
  readonly version?: "v1" | "v2";
  /** Default: true. */
  readonly validates?: boolean;
}

let lastShortcode = 700_000;

/** A paybill or till, with URLs that the seeded application registered. */
export const createMerchant = (sandbox: TestSandbox, options: MerchantOptions = {}): Promise<string> =>
  insertMerchant(getKenyanPayments(sandbox).context.sql, options);

/** The same in a database, for tests of server processes. */
export async function insertMerchant(sql: Sql, options: MerchantOptions = {}): Promise<string> {
  const { kind = "paybill", validationUrl = null, responseType = "cancelled", version = "v2" } = options;
  const { confirmationUrl = "http://127.0.0.1:9/confirmation", validates = true } = options;
  const shortcode = String((lastShortcode += 1));
  await registerOrganisations({ sql }, [{ shortcode, name: "Umoja Stores", kind }]);
  await updateOrganisationSettings(sql, shortcode, { externalValidation: validates });
  const urls = { shortcode, protocol: "daraja", version, responseType, confirmationUrl, validationUrl };
  await insertC2bUrls(sql, { ...urls, applicationId: 1n }, Date.now(), { replace: true });
  return shortcode;
}

/** Starts a payment as a customer does, without waiting for its validation. */
export async function startPayment(
  sandbox: TestSandbox,
  payment: Pick<MerchantPaymentRequest, "msisdn" | "organisation"> & Partial<MerchantPaymentRequest>,
): Promise<Outcome> {
  return payMerchant(getKenyanPayments(sandbox), {
    id: sandbox.platform.newId(),
    account: "INV1",
    amountMinor: 10_00n,
    purpose: null,
    description: "",
    simulatedBy: null,
    refusal: null,
    ...payment,
  });
}

export type PaymentBody = ControlResult<"GET /markets/{market}/payments/{name}">;

export const readPayment = (sandbox: TestSandbox, id: bigint): Promise<PaymentBody> =>
  control(sandbox, "GET /markets/{market}/payments/{name}", {
    params: { market: kenya, name: getKenyanPayments(sandbox).context.publicIds.receipt(id) },
  });

/** Waits until a payment is no longer held. */
export const waitForOutcome = (sandbox: TestSandbox, id: bigint, timeoutMs = 10_000): Promise<PaymentBody> =>
  waitFor(
    "the outcome of a payment",
    async () => {
      const payment = await readPayment(sandbox, id);
      return payment.status === "held" ? undefined : payment;
    },
    timeoutMs,
  );

/** `completed null`, or the status with the refusal. */
export const summarisePayment = ({ status, refusal }: Pick<PaymentBody, "status" | "refusal">): string =>
  `${status} ${refusal}`;

/** Answers a validation with a JSON object. */
export const answerWith =
  (answer: object): ListenerBehaviour =>
  (_request, response) =>
    void response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));

export const accept = answerWith({ ResultCode: "0", ResultDesc: "Accepted" });
export const reject = (code: string): ListenerBehaviour =>
  answerWith({ ResultCode: code, ResultDesc: "Rejected" });

/** A validator that answers when the test says so. */
export interface HeldValidator {
  readonly behaviour: ListenerBehaviour;
  /** Answers the requests that wait, in the order of their arrival. */
  answerAll(answer: object): void;
}

export function holdAnswers(): HeldValidator {
  const waiting: ServerResponse[] = [];
  return {
    behaviour: (_request, response) => void waiting.push(response),
    answerAll(answer) {
      for (const response of waiting.splice(0)) response.end(JSON.stringify(answer));
    },
  };
}

export async function getKenyanBalances(
  sandbox: TestSandbox,
  owner: string,
  kind: string,
): Promise<{ available: bigint; held: bigint }> {
  const [row] = await sandbox.sql(kenya)<{ available: bigint; held: bigint }[]>`
    select available_minor as available, held_minor as held from accounts where owner = ${owner} and kind = ${kind}`;
  assert(row !== undefined, `${owner} has no ${kind} account`);
  return { ...row };
}
