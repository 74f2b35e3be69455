/**
 * The listener of an organisation, for the callbacks of any protocol.
 *
 * It verifies the signature and the format, skips duplicates, calls `onEvent`, and then acknowledges. The platform
 * sends unacknowledged callbacks again, so the acknowledgement comes last. What a callback looks like, and how it is
 * acknowledged, is the protocol's `WebhookFormat`.
 */
import { InvalidArgumentError } from "../errors.ts";
import { readBody } from "./body.ts";
import { jsonResponse } from "./json-response.ts";
import { isReserialised } from "./reserialised-body.ts";
import { parseSignatureHeaders, verifySignature, parseSecrets, type SignatureHeaders } from "./signature.ts";
import { createMemoryStore, type EventStore } from "./store.ts";

/** Handles the request of a callback. Never rejects. */
export type Listener = (request: Request) => Promise<Response>;

/** What every event has: the verified signature of its delivery. */
export interface WebhookEvent {
  /** Whether the signature was verified. Always false if the listener has no secret. */
  readonly signed: boolean;
  /** The signed webhook-id: the same for every attempt. */
  readonly deliveryId: string | null;
  /** When this attempt was sent; null if unsigned. */
  readonly sentAt: Date | null;
}

/** The options that the listeners of all protocols have. */
export interface WebhookOptions<Event, Context = void> {
  /**
   * The secret that callbacks are signed with: `whsec_…`, or a list while you rotate it. With a secret, the listener
   * refuses unsigned and forged callbacks (401). Without one, the sender is unverified: the real M-Pesa does not sign.
   */
  readonly secret?: string | readonly string[];
  /** Remembers handled callbacks; default: in this process's memory. */
  readonly store?: EventStore<Context>;
  /**
   * Handles a result. The listener acknowledges it after this returns. If this throws, the platform sends it again.
   * Return within 15 seconds: after that, the sender counts the attempt as failed.
   */
  onEvent(event: Event, context: Context): void | Promise<void>;
  /** The maximum difference between the signature's timestamp and the clock; default 300. */
  readonly toleranceSeconds?: number;
  /** The maximum size of a body; default 65,536. */
  readonly maxBytes?: number;
  /** The maximum time to receive a body; default 10,000. */
  readonly bodyTimeoutMs?: number;
  /** Called for every refused or failed callback. Default: errors with status 500 go to console.error. */
  onProblem?(problem: WebhookProblem<Event>): void | Promise<void>;
}

/** For `checkUnknownFields`. */
export const webhookOptionNames: Readonly<Record<keyof WebhookOptions<never>, true>> = {
  secret: true,
  store: true,
  onEvent: true,
  toleranceSeconds: true,
  maxBytes: true,
  bodyTimeoutMs: true,
  onProblem: true,
};

/** How a protocol parses and acknowledges its callbacks. */
export interface WebhookFormat<Event> {
  /** Returns the event, or a message that says what is wrong with the body and contains nothing from it. */
  parse(body: Uint8Array, delivery: WebhookEvent): Event | string;
  /** Identifies a callback. A repeated delivery has the same key, signed or not. */
  dedupeKey(event: Event): string;
  acknowledge(event: Event): Response;
}

/** A callback that was not acknowledged. */
export interface WebhookProblem<Event> {
  readonly kind: ListenerProblemKind;
  /** The reason in one sentence. It contains nothing from the request. */
  readonly message: string;
  /** The HTTP status of the response. */
  readonly status: number;
  /** The event, if its handling failed. */
  readonly event: Event | null;
  /** The error that `onEvent` or the store threw. */
  readonly cause: unknown;
}

export type ListenerProblemKind = keyof typeof problems;

/** Reasons not to acknowledge a request. */
// prettier-ignore
const problems = {
  wrong_method:  { status: 405, message: "Send callbacks by POST." },
  unsigned:      { status: 401, message: "The signature headers are missing or invalid." },
  stale:         { status: 401, message: "The signature's timestamp is too old or too far in the future. Check the listener's clock." },
  forged:        { status: 401, message: "No signature matches the listener's secret." },
  too_large:     { status: 413, message: "The body is too large." },
  too_slow:      { status: 408, message: "The body did not arrive in time." },
  aborted:       { status: 400, message: "The body ended early." },
  malformed:     { status: 400, message: "The body is not a callback." },
  body_consumed: { status: 500, message: "A parser consumed the raw body, so the listener cannot verify the signature. Register the listener's route before express.json(), or keep the raw bytes: express.json({ verify: (request, response, bytes) => { request.rawBody = bytes; } })." },
  failed:        { status: 500, message: "Handling the callback failed. Send it again." },
} as const;

interface ListenerSettings<Event, Context> {
  readonly options: WebhookOptions<Event, Context>;
  readonly format: WebhookFormat<Event>;
  readonly store: EventStore<Context>;
  /** Null if the listener does not verify signatures. */
  readonly secrets: readonly Uint8Array[] | null;
  readonly toleranceMs: number;
  readonly maxBytes: number;
  readonly bodyTimeoutMs: number;
}

/** Throws `InvalidArgumentError`. The caller has checked that the options have only known fields. */
export function createWebhookListener<Event, Context>(
  options: WebhookOptions<Event, Context>,
  format: WebhookFormat<Event>,
): Listener {
  const settings = { ...parseListenerOptions(options), format };
  return (request) => handleRequest(settings, request);
}

function parseListenerOptions<Event, Context>(
  options: WebhookOptions<Event, Context>,
): Omit<ListenerSettings<Event, Context>, "format"> {
  if (typeof options.onEvent !== "function")
    throw new InvalidArgumentError("onEvent", "onEvent must be a function.");
  // An unset environment variable must not turn off the signature check.
  if ("secret" in options && options.secret === undefined)
    throw new InvalidArgumentError("secret", "secret is undefined. To accept unsigned callbacks, omit it.");
  return {
    options,
    // Without a custom store there is no context, and `Context` is void.
    store: options.store ?? (createMemoryStore() as EventStore<unknown> as EventStore<Context>),
    secrets: options.secret === undefined ? null : parseSecrets(options.secret),
    toleranceMs: requirePositive("toleranceSeconds", options.toleranceSeconds ?? 300) * 1000,
    maxBytes: requirePositive("maxBytes", options.maxBytes ?? 65_536),
    bodyTimeoutMs: requirePositive("bodyTimeoutMs", options.bodyTimeoutMs ?? 10_000),
  };
}

function requirePositive(field: string, value: number): number {
  if (!(value > 0 && value < Infinity))
    throw new InvalidArgumentError(field, `${field} must be a number above zero.`);
  return value;
}

async function handleRequest<Event, Context>(
  settings: ListenerSettings<Event, Context>,
  request: Request,
): Promise<Response> {
  const { store, options, format } = settings;
  const verified = await verifyRequest(settings, request);
  if ("kind" in verified) return reject(options, verified);
  const event = format.parse(verified.body, toWebhookEvent(verified.signatureHeaders));
  if (typeof event === "string") return reject(options, { kind: "malformed", message: event });
  try {
    await store.runOnce(format.dedupeKey(event), async (context) => options.onEvent(event, context));
    return format.acknowledge(event);
  } catch (cause) {
    return reject(options, { kind: "failed", event, cause });
  }
}

/** A request that passed all checks, except those of its format. */
interface VerifiedRequest {
  readonly body: Uint8Array;
  /** Null if the listener does not verify signatures. */
  readonly signatureHeaders: SignatureHeaders | null;
}

interface Rejection<Event> {
  readonly kind: ListenerProblemKind;
  readonly message?: string;
  readonly event?: Event;
  readonly cause?: unknown;
}

/** Makes the cheap checks first, so that it reads no body without signature headers. */
async function verifyRequest(
  {
    secrets,
    toleranceMs,
    maxBytes,
    bodyTimeoutMs,
  }: Pick<ListenerSettings<never, never>, "secrets" | "toleranceMs" | "maxBytes" | "bodyTimeoutMs">,
  request: Request,
): Promise<VerifiedRequest | Rejection<never>> {
  if (request.method !== "POST") return { kind: "wrong_method" };
  const signatureHeaders =
    secrets === null ? null : parseSignatureHeaders(request.headers, Date.now(), toleranceMs);
  if (typeof signatureHeaders === "string") return { kind: signatureHeaders };
  if (signatureHeaders !== null && isReserialised(request)) return { kind: "body_consumed" };

  const body = await readBody(request, maxBytes, bodyTimeoutMs);
  if (typeof body === "string") return { kind: body };
  if (secrets !== null && signatureHeaders !== null && !verifySignature(secrets, signatureHeaders, body))
    return { kind: "forged" };
  return { body, signatureHeaders };
}

const toWebhookEvent = (headers: SignatureHeaders | null): WebhookEvent => ({
  signed: headers !== null,
  deliveryId: headers?.id ?? null,
  sentAt: headers?.sentAt ?? null,
});

function reject<Event, Context>(
  options: WebhookOptions<Event, Context>,
  { kind, ...details }: Rejection<Event>,
): Response {
  const { status } = problems[kind];
  const message = details.message ?? problems[kind].message;
  const problem = { kind, message, status, event: details.event ?? null, cause: details.cause };
  // An error in `onProblem` must not change the response.
  reportProblem(options, problem).catch(() => {});
  return jsonResponse(status, { error: kind, message }, status === 405 ? { allow: "POST" } : {});
}

async function reportProblem<Event, Context>(
  options: WebhookOptions<Event, Context>,
  problem: WebhookProblem<Event>,
): Promise<void> {
  if (options.onProblem !== undefined) await options.onProblem(problem);
  // Without this, the failure would be invisible.
  else if (problem.status === 500) console.error(`M-Pesa listener: ${problem.message}`, problem.cause ?? "");
}
