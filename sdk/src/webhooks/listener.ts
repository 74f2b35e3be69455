/**
 * The listener of an organisation: receives M-Pesa's callbacks with the results of requests.
 *
 * It verifies the signature and the format, skips duplicates, calls `onEvent`, and then acknowledges. The platform
 * sends unacknowledged callbacks again, so the acknowledgement comes last.
 */
import { InvalidArgumentError } from "../errors.ts";
import { checkUnknownFields } from "../openapi-v2/check-unknown-fields.ts";
import { buildAcknowledgement, jsonResponse, type AcknowledgementCode } from "./acknowledgement.ts";
import { readBody } from "./body.ts";
import { parseEvent, parseFields, dedupeKey, type CallbackEvent, type CallbackFields } from "./event.ts";
import { isReserialised } from "./reserialised-body.ts";
import { parseSignatureHeaders, verifySignature, parseSecrets, type SignatureHeaders } from "./signature.ts";
import { createMemoryStore, type EventStore } from "./store.ts";

export interface ListenerOptions<Context = void> {
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
  onEvent(event: CallbackEvent, context: Context): void | Promise<void>;
  /**
   * Overrides the acknowledgement code where the callback does not show it: return `INS-GAR-0` for a refused `commit`
   * or `release`. Return undefined to use the default.
   */
  acknowledgeWith?(event: CallbackEvent): AcknowledgementCode | undefined;
  /** The maximum difference between the signature's timestamp and the clock; default 300. */
  readonly toleranceSeconds?: number;
  /** The maximum size of a body; default 65,536. */
  readonly maxBytes?: number;
  /** The maximum time to receive a body; default 10,000. */
  readonly bodyTimeoutMs?: number;
  /** Called for every refused or failed callback. Default: errors with status 500 go to console.error. */
  onProblem?(problem: ListenerProblem): void | Promise<void>;
}

/** A callback that was not acknowledged. */
export interface ListenerProblem {
  readonly kind: ListenerProblemKind;
  /** The reason in one sentence. It contains nothing from the request. */
  readonly message: string;
  /** The HTTP status of the response. */
  readonly status: number;
  /** The event, if its handling failed. */
  readonly event: CallbackEvent | null;
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

/** Handles the request of a callback. Never rejects. */
export type Listener = (request: Request) => Promise<Response>;

interface ListenerSettings<Context> {
  readonly options: ListenerOptions<Context>;
  readonly store: EventStore<Context>;
  /** Null if the listener does not verify signatures. */
  readonly secrets: readonly Uint8Array[] | null;
  readonly toleranceMs: number;
  readonly maxBytes: number;
  readonly bodyTimeoutMs: number;
}

export function createListener<Context = void>(options: ListenerOptions<Context>): Listener {
  const settings = parseListenerOptions(options);
  return (request) => handleRequest(settings, request);
}

const knownOptions: Readonly<Record<keyof ListenerOptions, true>> = {
  secret: true,
  store: true,
  onEvent: true,
  acknowledgeWith: true,
  toleranceSeconds: true,
  maxBytes: true,
  bodyTimeoutMs: true,
  onProblem: true,
};

function parseListenerOptions<Context>(options: ListenerOptions<Context>): ListenerSettings<Context> {
  checkUnknownFields("options", options, knownOptions);
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

async function handleRequest<Context>(
  settings: ListenerSettings<Context>,
  request: Request,
): Promise<Response> {
  const verified = await verifyRequest(settings, request);
  if ("kind" in verified) return reject(settings, verified);
  const event = parseEvent(verified.fields, verified.signatureHeaders);
  const { store, options } = settings;
  try {
    await store.runOnce(dedupeKey(event), async (context) => options.onEvent(event, context));
    return buildAcknowledgement(event, options.acknowledgeWith?.(event));
  } catch (cause) {
    return reject(settings, { kind: "failed", event, cause });
  }
}

/** A callback that passed all checks. */
interface VerifiedCallback {
  readonly fields: CallbackFields;
  /** Null if the listener does not verify signatures. */
  readonly signatureHeaders: SignatureHeaders | null;
}

interface Rejection {
  readonly kind: ListenerProblemKind;
  readonly message?: string;
  readonly event?: CallbackEvent;
  readonly cause?: unknown;
}

/** Makes the cheap checks first, so that it reads no body without signature headers. */
async function verifyRequest(
  { secrets, toleranceMs, maxBytes, bodyTimeoutMs }: Omit<ListenerSettings<never>, "options" | "store">,
  request: Request,
): Promise<VerifiedCallback | Rejection> {
  if (request.method !== "POST") return { kind: "wrong_method" };
  const signatureHeaders =
    secrets === null ? null : parseSignatureHeaders(request.headers, Date.now(), toleranceMs);
  if (typeof signatureHeaders === "string") return { kind: signatureHeaders };
  if (signatureHeaders !== null && isReserialised(request)) return { kind: "body_consumed" };

  const body = await readBody(request, maxBytes, bodyTimeoutMs);
  if (typeof body === "string") return { kind: body };
  if (secrets !== null && signatureHeaders !== null && !verifySignature(secrets, signatureHeaders, body))
    return { kind: "forged" };
  const fields = parseFields(body);
  return typeof fields === "string" ? { kind: "malformed", message: fields } : { fields, signatureHeaders };
}

function reject<Context>({ options }: ListenerSettings<Context>, { kind, ...details }: Rejection): Response {
  const { status } = problems[kind];
  const message = details.message ?? problems[kind].message;
  const problem = { kind, message, status, event: details.event ?? null, cause: details.cause };
  // An error in `onProblem` must not change the response.
  reportProblem(options, problem).catch(() => {});
  return jsonResponse(status, { error: kind, message }, status === 405 ? { allow: "POST" } : {});
}

async function reportProblem<Context>(
  options: ListenerOptions<Context>,
  problem: ListenerProblem,
): Promise<void> {
  if (options.onProblem !== undefined) await options.onProblem(problem);
  // Without this, the failure would be invisible.
  else if (problem.status === 500) console.error(`M-Pesa listener: ${problem.message}`, problem.cause ?? "");
}
