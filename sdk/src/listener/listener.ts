/**
 * The listener of an organisation: what M-Pesa calls when a request has ended.
 *
 * It lets in what is signed, well-formed and new, hands it over, and acknowledges when it was handled. What is
 * not acknowledged is sent again, so the acknowledgement is the last thing that happens.
 */
import { InvalidArgumentError } from "../errors.ts";
import { checkUnknownFields } from "../names.ts";
import { buildAcknowledgement, jsonResponse, type AcknowledgementCode } from "./acknowledgement.ts";
import { readBody } from "./body.ts";
import { parseEvent, parseFields, dedupeKey, type CallbackEvent, type CallbackFields } from "./event.ts";
import { isReserialised } from "./parsed.ts";
import { parseSignatureHeaders, verifySignature, parseSecrets, type SignatureHeaders } from "./signature.ts";
import { createMemoryStore, type EventStore } from "./store.ts";

export interface ListenerOptions<Context = void> {
  /**
   * What callbacks are signed with: `whsec_…`, several while one is replaced. With it, whatever is unsigned or
   * forged is refused (401). Without it nobody knows who called: the real M-Pesa signs nothing.
   */
  readonly secret?: string | readonly string[];
  /** Remembers what was handled; in this process alone if absent. */
  readonly store?: EventStore<Context>;
  /**
   * Handles a result. It is acknowledged when this is over, and sent again if this throws. Take less than 15
   * seconds: after that the sender takes it as lost.
   */
  onEvent(event: CallbackEvent, context: Context): void | Promise<void>;
  /**
   * The code to acknowledge with, where the listener cannot know: `INS-GAR-0` for a refused `commit` or
   * `release`. Nothing leaves it to the listener.
   */
  acknowledgeWith?(event: CallbackEvent): AcknowledgementCode | undefined;
  /** How far a signature's timestamp may be off, to either side. 300 if absent. */
  readonly toleranceSeconds?: number;
  /** How long a body may be. 65,536 if absent. */
  readonly maxBytes?: number;
  /** How long a body may take to arrive. 10,000 if absent. */
  readonly bodyTimeoutMs?: number;
  /** Is told what was refused or failed, and why. Failures of `onEvent` go to console.error if absent. */
  onProblem?(problem: ListenerProblem): void | Promise<void>;
}

/** A call that was not acknowledged. */
export interface ListenerProblem {
  readonly kind: ListenerProblemKind;
  /** In a sentence. It holds nothing that was sent. */
  readonly message: string;
  /** The HTTP status that the caller got. */
  readonly status: number;
  /** The event whose handling failed. */
  readonly event: CallbackEvent | null;
  /** What `onEvent` or the store threw. */
  readonly cause: unknown;
}

export type ListenerProblemKind = keyof typeof problems;

/** Why a call is not acknowledged. */
// prettier-ignore
const problems = {
  wrong_method:  { status: 405, message: "Callbacks are sent by POST." },
  unsigned:      { status: 401, message: "The signature's headers are missing or cannot be read." },
  stale:         { status: 401, message: "The signature's timestamp is too far from this listener's clock." },
  forged:        { status: 401, message: "No signature is made with a secret of this listener." },
  too_large:     { status: 413, message: "The body is longer than a callback may be." },
  too_slow:      { status: 408, message: "The body did not arrive in time." },
  aborted:       { status: 400, message: "The body could not be read to its end." },
  malformed:     { status: 400, message: "The body is no callback." },
  body_consumed: { status: 500, message: "Something parsed the body before the listener could check its signature, which is over the bytes that came. Put the listener's route before express.json(), or keep the bytes: express.json({ verify: (request, response, bytes) => { request.rawBody = bytes; } })." },
  failed:        { status: 500, message: "The callback could not be handled. Send it again." },
} as const;

/** Takes a callback, and answers it. Never rejects. */
export type Listener = (request: Request) => Promise<Response>;

interface ListenerSettings<Context> {
  readonly options: ListenerOptions<Context>;
  readonly store: EventStore<Context>;
  /** Null where nothing is checked. */
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
    throw new InvalidArgumentError("onEvent", "onEvent is no function.");
  // An environment variable that is not set must not open the door to everybody.
  if ("secret" in options && options.secret === undefined)
    throw new InvalidArgumentError(
      "secret",
      "secret is undefined. To take callbacks that nobody signed, leave it out.",
    );
  return {
    options,
    // Without a store of the caller's there is no context, and `Context` is void.
    store: options.store ?? (createMemoryStore() as EventStore<unknown> as EventStore<Context>),
    secrets: options.secret === undefined ? null : parseSecrets(options.secret),
    toleranceMs: requirePositive("toleranceSeconds", options.toleranceSeconds ?? 300) * 1000,
    maxBytes: requirePositive("maxBytes", options.maxBytes ?? 65_536),
    bodyTimeoutMs: requirePositive("bodyTimeoutMs", options.bodyTimeoutMs ?? 10_000),
  };
}

function requirePositive(field: string, value: number): number {
  if (!(value > 0 && value < Infinity))
    throw new InvalidArgumentError(field, `${field} is no number above zero.`);
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

/** A callback that was let in. */
interface VerifiedCallback {
  readonly fields: CallbackFields;
  /** Null where nothing is checked. */
  readonly signatureHeaders: SignatureHeaders | null;
}

interface Rejection {
  readonly kind: ListenerProblemKind;
  readonly message?: string;
  readonly event?: CallbackEvent;
  readonly cause?: unknown;
}

/** What costs least is checked first: nobody's megabytes are read who does not even claim to have signed them. */
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
  // What goes wrong while telling is no problem of the caller's.
  reportProblem(options, problem).catch(() => {});
  return jsonResponse(status, { error: kind, message }, status === 405 ? { allow: "POST" } : {});
}

async function reportProblem<Context>(
  options: ListenerOptions<Context>,
  problem: ListenerProblem,
): Promise<void> {
  if (options.onProblem !== undefined) await options.onProblem(problem);
  // Nobody would ever learn of it otherwise.
  else if (problem.status === 500) console.error(`M-Pesa listener: ${problem.message}`, problem.cause ?? "");
}
