/** Sends requests to the platform: those for a token, and all others with one. */
import { Buffer } from "node:buffer";
import { ConnectionError } from "../http/connection-error.ts";
import { send, timedOut } from "../http/send.ts";
import { sleep } from "../http/sleep.ts";
import type { DarajaClientSettings } from "./settings.ts";
import type { Token, TokenDenied } from "./tokens.ts";
import { parseWireResponse, readText, type WireResponse } from "./wire-response.ts";

/** The firewall before the real M-Pesa refuses programs that do not name a browser. */
const userAgent = "Mozilla/5.0 (compatible; pesarail-sdk)";

/** Images and lists are longer than other responses. */
const maxResponseBytes = 1_048_576;

export interface PostInput {
  readonly parameters: object;
  readonly token: string;
  readonly appKey: string | null;
  readonly signal: AbortSignal | undefined;
}

export async function postJson(
  { baseUrl, timeoutMs, fetch }: DarajaClientSettings,
  path: string,
  { parameters, token, appKey, signal }: PostInput,
): Promise<WireResponse | typeof timedOut> {
  const response = await send({
    method: "POST",
    url: baseUrl + path,
    headers: {
      Authorization: `Bearer ${token}`,
      "Content-Type": "application/json",
      "User-Agent": userAgent,
      ...(appKey !== null && path.includes("/billmanager-invoice/") ? { app_key: appKey } : {}),
    },
    body: JSON.stringify(parameters),
    timeoutMs,
    signal,
    fetch,
    maxResponseBytes,
  });
  return response === timedOut ? timedOut : parseWireResponse(response);
}

/** A token involves no customer, so it needs less time than a payment. */
const maxTokenTimeoutMs = 30_000;

const tokenRetryDelaysMs = [200, 1_000];

/** Requests a token. It moves no money, so it is safe to retry after a failed connection. Throws `ConnectionError`. */
export async function requestToken(settings: DarajaClientSettings): Promise<Token | TokenDenied> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await fetchToken(settings);
    } catch (error) {
      const delayMs = tokenRetryDelaysMs[attempt];
      if (!(error instanceof ConnectionError) || error.httpStatus !== null || delayMs === undefined)
        throw markNotArrived(error);
      await sleep(delayMs);
    }
  }
}

async function fetchToken({
  baseUrl,
  consumerKey,
  consumerSecret,
  timeoutMs,
  fetch,
}: DarajaClientSettings): Promise<Token | TokenDenied> {
  const limitMs = Math.min(timeoutMs, maxTokenTimeoutMs);
  const basic = Buffer.from(`${consumerKey}:${consumerSecret}`).toString("base64");
  const response = await send({
    method: "GET",
    url: `${baseUrl}/oauth/v1/generate?grant_type=client_credentials`,
    headers: { Authorization: `Basic ${basic}`, "User-Agent": userAgent },
    timeoutMs: limitMs,
    fetch,
  });
  if (response === timedOut)
    throw new ConnectionError(`No token was issued within ${limitMs / 1000} s.`, { mayHaveArrived: false });
  // M-Pesa has answered a wrong key with 400 and no body.
  if ((response.status === 400 || response.status === 401) && response.text.trim() === "")
    return { denial: { status: response.status, fields: {} } };
  const wire = parseWireResponse(response);
  const value = readText(wire.fields, "access_token");
  if (value !== "") {
    const seconds = Number(readText(wire.fields, "expires_in"));
    return { value, lifetimeMs: (seconds > 0 ? seconds : defaultLifetimeSeconds) * 1000 };
  }
  if (response.status >= 400 && response.status < 500) return { denial: wire };
  throw new ConnectionError("The response to the request for a token has none.", {
    mayHaveArrived: false,
    httpStatus: response.status,
  });
}

const defaultLifetimeSeconds = 3_599;

/** Without a token the client has sent no request, even if the request for a token arrived. */
function markNotArrived(error: unknown): unknown {
  if (!(error instanceof ConnectionError)) return error;
  const { message, httpStatus, excerpt, cause } = error;
  return new ConnectionError(message, { mayHaveArrived: false, httpStatus, excerpt, cause });
}
