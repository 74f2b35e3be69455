/** `APIRequest` and `APIResponse`: a context's call, made, and what came back. */
import { MisuseError, TransportError } from "../errors.ts";
import { timeout } from "../settings.ts";
import type { WireFields } from "../results.ts";
import { Broken, send, timedOut, type Answer, type Sending } from "../transport.ts";
import { APIMethodTypes, type APIContext } from "./api-context.ts";

/** What the platform answered, a refusal as well as a success. */
export class APIResponse {
  readonly statusCode: number;
  readonly reason: string;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  /** The answer's fields, by wire name. */
  readonly body: WireFields;

  constructor(
    statusCode: number,
    reason: string,
    headers: Readonly<Record<string, string>>,
    body: WireFields,
  ) {
    this.statusCode = statusCode;
    this.reason = reason;
    this.headers = headers;
    this.body = body;
  }

  getStatusCode(): number {
    return this.statusCode;
  }

  /** The status in HTTP's words. */
  getReason(): string {
    return this.reason;
  }

  getHeaders(): Readonly<Record<string, string>> {
    return this.headers;
  }

  getBody(): WireFields {
    return this.body;
  }

  /** The body as JSON. */
  getResult(): string {
    return JSON.stringify(this.body);
  }

  /** A field of the body, by wire name. */
  getParameter(name: string): string | undefined {
    return Object.hasOwn(this.body, name) ? this.body[name] : undefined;
  }

  getParameters(): WireFields {
    return this.body;
  }
}

/** One call. A context may be used for several, and changed between them. */
export class APIRequest {
  readonly context: APIContext;

  constructor(context: APIContext) {
    // Ported programs are not always TypeScript.
    if (typeof context !== "object" || context === null)
      throw new MisuseError("context", "context is missing.");
    this.context = context;
  }

  /** The key, encrypted to the public key: what the Authorization header has after `Bearer `. */
  createBearerToken(): string {
    return this.context.createBearerToken();
  }

  /**
   * Makes the call, once: nothing is sent again by itself. A refusal is an answer like others.
   *
   * Throws `MisuseError` before anything is sent, and `TransportError` when no answer came in time or at all:
   * that says nothing about how the call ended.
   */
  async execute(): Promise<APIResponse> {
    let heard: Response | undefined;
    const noted: typeof fetch = async (...asked) => (heard = await fetch(...asked));
    const { status, fields } = await answerTo(this.context, noted);
    return new APIResponse(status, heard?.statusText ?? "", Object.fromEntries(heard?.headers ?? []), fields);
  }

  /** The spelling of the original. */
  excecute(): Promise<APIResponse> {
    return this.execute();
  }
}

async function answerTo(context: APIContext, how: typeof fetch): Promise<Answer> {
  const sending = sendingOf(context, how);
  const reference = context.parameters["input_ThirdPartyConversationID"] ?? "";
  let answer: Answer | typeof timedOut;
  try {
    answer = await send(sending);
  } catch (error) {
    if (!(error instanceof Broken)) throw error;
    const { message, mayHaveArrived, httpStatus, excerpt, cause } = error;
    throw new TransportError(message, { reference, mayHaveArrived, httpStatus, excerpt, cause });
  }
  if (answer !== timedOut) return answer;
  throw new TransportError(`No answer came within ${context.timeout} ms.`, {
    reference,
    mayHaveArrived: true,
  });
}

/** Throws `MisuseError`. */
function sendingOf(context: APIContext, how: typeof fetch): Sending {
  const { methodType: method, parameters } = context;
  if (!Object.hasOwn(APIMethodTypes, method))
    throw new MisuseError("methodType", "methodType must be GET, POST or PUT.");
  timeout("timeout", context.timeout);
  const url = new URL(context.getUrl());
  const headers = new Headers({ Origin: "*", "Content-Type": "application/json" });
  for (const [name, value] of Object.entries(context.headers)) headers.set(name, value);
  headers.set("Authorization", `Bearer ${context.createBearerToken()}`);
  if (method === "GET") {
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  }
  return {
    method,
    url: url.href,
    headers: Object.fromEntries(headers),
    timeoutMs: context.timeout,
    fetch: how,
    ...(method === "GET" ? {} : { body: JSON.stringify(parameters) }),
  };
}
