/**
 * The listener of an organisation: what M-Pesa calls when a request has ended.
 *
 * It lets in what is signed, well-formed and new, hands it over, and acknowledges when it was handled. What is
 * not acknowledged is sent again, so the acknowledgement is the last thing that happens.
 */
import { MisuseError } from "../errors.ts";
import { checkNames } from "../names.ts";
import { acknowledgementOf, json, type AcknowledgementCode } from "./acknowledgement.ts";
import { readBody } from "./body.ts";
import { eventOf, fieldsOf, keyOf, type CallbackEvent, type CallbackFields } from "./event.ts";
import { isRewritten } from "./parsed.ts";
import { claimOf, isAuthentic, keysOf, type Claim } from "./signature.ts";
import { memoryStore, type EventStore } from "./store.ts";

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
  readonly why: ListenerProblemKind;
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
  broken_off:    { status: 400, message: "The body could not be read to its end." },
  malformed:     { status: 400, message: "The body is no callback." },
  body_consumed: { status: 500, message: "Something parsed the body before the listener could check its signature, which is over the bytes that came. Put the listener's route before express.json(), or keep the bytes: express.json({ verify: (request, response, bytes) => { request.rawBody = bytes; } })." },
  failed:        { status: 500, message: "The callback could not be handled. Send it again." },
} as const;

/** Takes a callback, and answers it. Never rejects. */
export type Listener = (request: Request) => Promise<Response>;

interface Settings<Context> {
  readonly options: ListenerOptions<Context>;
  readonly store: EventStore<Context>;
  /** Null where nothing is checked. */
  readonly keys: readonly Uint8Array[] | null;
  readonly toleranceMs: number;
  readonly maxBytes: number;
  readonly bodyTimeoutMs: number;
}

export function createListener<Context = void>(options: ListenerOptions<Context>): Listener {
  const settings = settingsOf(options);
  return (request) => listen(settings, request);
}

const known: Readonly<Record<keyof ListenerOptions, true>> = {
  secret: true,
  store: true,
  onEvent: true,
  acknowledgeWith: true,
  toleranceSeconds: true,
  maxBytes: true,
  bodyTimeoutMs: true,
  onProblem: true,
};

function settingsOf<Context>(options: ListenerOptions<Context>): Settings<Context> {
  checkNames("options", options, known);
  if (typeof options.onEvent !== "function") throw new MisuseError("onEvent", "onEvent is no function.");
  // An environment variable that is not set must not open the door to everybody.
  if ("secret" in options && options.secret === undefined)
    throw new MisuseError(
      "secret",
      "secret is undefined. To take callbacks that nobody signed, leave it out.",
    );
  return {
    options,
    // Without a store of the caller's there is no context, and `Context` is void.
    store: options.store ?? (memoryStore() as EventStore<unknown> as EventStore<Context>),
    keys: options.secret === undefined ? null : keysOf(options.secret),
    toleranceMs: positive("toleranceSeconds", options.toleranceSeconds ?? 300) * 1000,
    maxBytes: positive("maxBytes", options.maxBytes ?? 65_536),
    bodyTimeoutMs: positive("bodyTimeoutMs", options.bodyTimeoutMs ?? 10_000),
  };
}

function positive(field: string, value: number): number {
  if (!(value > 0 && value < Infinity)) throw new MisuseError(field, `${field} is no number above zero.`);
  return value;
}

async function listen<Context>(settings: Settings<Context>, request: Request): Promise<Response> {
  const received = await receive(settings, request);
  if ("why" in received) return refuse(settings, received);
  const event = eventOf(received.fields, received.claim);
  const { store, options } = settings;
  try {
    await store.once(keyOf(event), async (context) => options.onEvent(event, context));
    return acknowledgementOf(event, options.acknowledgeWith?.(event));
  } catch (cause) {
    return refuse(settings, { why: "failed", event, cause });
  }
}

/** A callback that was let in. */
interface Received {
  readonly fields: CallbackFields;
  /** Null where nothing is checked. */
  readonly claim: Claim | null;
}

interface Trouble {
  readonly why: ListenerProblemKind;
  readonly message?: string;
  readonly event?: CallbackEvent;
  readonly cause?: unknown;
}

/** What costs least is checked first: nobody's megabytes are read who does not even claim to have signed them. */
async function receive(
  { keys, toleranceMs, maxBytes, bodyTimeoutMs }: Omit<Settings<never>, "options" | "store">,
  request: Request,
): Promise<Received | Trouble> {
  if (request.method !== "POST") return { why: "wrong_method" };
  const claim = keys === null ? null : claimOf(request.headers, Date.now(), toleranceMs);
  if (typeof claim === "string") return { why: claim };
  if (claim !== null && isRewritten(request)) return { why: "body_consumed" };

  const body = await readBody(request, maxBytes, bodyTimeoutMs);
  if (typeof body === "string") return { why: body };
  if (keys !== null && claim !== null && !isAuthentic(keys, claim, body)) return { why: "forged" };
  const fields = fieldsOf(body);
  return typeof fields === "string" ? { why: "malformed", message: fields } : { fields, claim };
}

function refuse<Context>({ options }: Settings<Context>, { why, ...trouble }: Trouble): Response {
  const { status } = problems[why];
  const message = trouble.message ?? problems[why].message;
  const problem = { why, message, status, event: trouble.event ?? null, cause: trouble.cause };
  // What goes wrong while telling is no problem of the caller's.
  tell(options, problem).catch(() => {});
  return json(status, { error: why, message }, status === 405 ? { allow: "POST" } : {});
}

async function tell<Context>(options: ListenerOptions<Context>, problem: ListenerProblem): Promise<void> {
  if (options.onProblem !== undefined) await options.onProblem(problem);
  // Nobody would ever learn of it otherwise.
  else if (problem.status === 500) console.error(`M-Pesa listener: ${problem.message}`, problem.cause ?? "");
}
