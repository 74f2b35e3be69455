/** A payment as the portal's API returns it: its parties, and its history as stops. */
import { Type } from "typebox";
import { nullable, object, stringEnum, type Value } from "../../core/schema.ts";
import { checks, type CheckName } from "../../payments/order-of-checks.ts";
import { paymentStates, requestDetails } from "./request-response.ts";

const text = Type.String();
const at = Type.String({ description: "The sandbox's time, as ISO 8601." });

export const tones = ["success", "warning", "danger", "info", "none"] as const;

const checkRow = object({
  name: stringEnum(checks.map(({ name }): CheckName => name)),
  numbers: Type.String({
    description: "Its number, or those of several checks in one row.",
    examples: ["5–8"],
  }),
  result: stringEnum(["passed", "refused", "skipped", "unreached", "open"], {
    description:
      "`skipped`: not for this call; `unreached`: an earlier check refused; `open`: not decided yet.",
  }),
  value: nullable(Type.String({ description: "What was checked." })),
  limits: Type.Array(
    object({
      name: stringEnum(["single_value", "balance"]),
      value: text,
      limit: text,
      percent: Type.Integer({ minimum: 0, maximum: 100 }),
    }),
  ),
});

const stop = <const Kind extends string, Fields extends Parameters<typeof object>[0]>(
  kind: Kind,
  fields: Fields,
) =>
  object({
    kind: Type.Literal(kind),
    tone: stringEnum(tones),
    at: nullable(at),
    waits: Type.Boolean({
      description: "Whether the time after it is spent waiting for a person or another server.",
    }),
    ...fields,
  });

const stopSchema = Type.Union([
  stop("request", {
    method: text,
    path: text,
    source: text,
    key: nullable(text),
    tookMs: Type.Number(),
    httpStatus: Type.Integer(),
  }),
  stop("checks", {
    rows: Type.Array(checkRow),
    passed: Type.Integer(),
    refusal: nullable(text),
    code: nullable(text),
    description: nullable(Type.String({ description: "What the refusal means." })),
  }),
  stop("hold", { amount: text, expiresAt: nullable(at) }),
  stop("validation", {
    url: text,
    answer: nullable(stringEnum(["accepted", "refused", "none"])),
    failure: nullable(text),
  }),
  stop("prompt", {
    text,
    customer: text,
    displayedAt: nullable(at),
    expiresAt: at,
    lost: Type.Boolean(),
    handset: nullable(Type.String({ description: "The path of the handset's page." })),
  }),
  stop("reply", {
    outcome: stringEnum(["approved", "declined", "wrong_pin", "expired", "unreachable", "failed"]),
    description: nullable(text),
  }),
  stop("postings", {
    postings: Type.Array(object({ from: text, to: text, amount: text, type: text })),
    balances: Type.Array(object({ owner: text, balance: text })),
  }),
  stop("outcome", { status: stringEnum(paymentStates), description: nullable(text) }),
  stop("sms", {
    text: nullable(
      Type.String({ description: "Null where the developer may not read customers' messages." }),
    ),
    recipient: text,
    state: stringEnum(["queued", "delivered", "lost"]),
  }),
  stop("callback", {
    event: text,
    attempt: Type.Integer(),
    url: text,
    method: text,
    httpStatus: nullable(Type.Integer()),
    tookMs: Type.Integer(),
    sent: nullable(text),
    received: text,
    failure: nullable(text),
    warning: nullable(text),
  }),
  stop("callback_due", { event: text, url: text, dueAt: nullable(at), isDeadLettered: Type.Boolean() }),
]);

export type Stop = Value<typeof stopSchema>;
export type CheckRow = Value<typeof checkRow>;

const party = object({
  kind: stringEnum(["customer", "organisation"]),
  name: nullable(text),
  number: Type.String({
    description: "An MSISDN, masked where the developer may not read it, or a shortcode.",
  }),
});

export const paymentHistory = object({
  conversationId: text,
  transactionId: Type.String({ description: "The receipt that customers see, where the market has one." }),
  market: object({ name: text, title: text, timeZone: text }),
  application: object({ id: text, name: text }),
  protocol: text,
  call: text,
  status: stringEnum(paymentStates),
  refusal: nullable(text),
  amount: text,
  reversed: nullable(text),
  payer: party,
  receiver: party,
  reference: text,
  customerReference: text,
  description: text,
  at,
  endedAt: nullable(at),
  tookMs: nullable(Type.Number()),
  isOpen: Type.Boolean({ description: "Whether something is still going to happen." }),
  stops: Type.Array(stopSchema),
  request: nullable(requestDetails),
  topUp: nullable(
    Type.String({
      description: "What the customer lacks. Only with the local tools, and only if that refused it.",
    }),
  ),
});

export type PaymentHistory = Value<typeof paymentHistory>;
