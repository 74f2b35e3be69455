/** Calls the portal's API as its pages do: from this machine, as the sandbox's own developer. */
import assert from "node:assert/strict";
import type { TestSandbox } from "./sandbox.ts";

/** What a browser adds to the requests of its pages; the local tools sign in the sender on this machine. */
const pageHeaders = { "sec-fetch-site": "same-origin" } as const;

export interface PortalResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- any JSON of the route; the assertions check it
  readonly body: any;
}

/** Sends any request, and returns the response, whatever its status. `body` is null unless the response is JSON. */
export async function callPortal(
  { url }: Pick<TestSandbox, "url">,
  method: string,
  path: string,
  body?: object,
): Promise<PortalResponse> {
  const response = await fetch(`${url}/portal/api${path}`, {
    method,
    headers: {
      ...pageHeaders,
      origin: url,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(20_000),
  });
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.includes("json") === true;
  return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : null };
}

/** The body of a response that must be a success. */
export async function usePortal(...args: Parameters<typeof callPortal>): Promise<PortalResponse["body"]> {
  const { status, body, text } = await callPortal(...args);
  assert(status < 300, `${args[1]} ${args[2]}: ${status} ${text}`);
  return body;
}

/** The body of a path that can be read. */
export const readPortal = (
  sandbox: Pick<TestSandbox, "url">,
  path: string,
): Promise<PortalResponse["body"]> => usePortal(sandbox, "GET", path);

export interface EventStream extends AsyncDisposable {
  readonly status: number;
  /** Waits for the next event of this name. */
  waitForEvent(name: string, timeoutMs?: number): Promise<void>;
  /** How many events of this name have arrived. */
  countEvents(name: string): number;
}

/** Connects to the events as a page does: of the sandbox's own developer, or of the one with these headers. */
export async function watchPortal(
  { url }: Pick<TestSandbox, "url">,
  headers: Readonly<Record<string, string>> = pageHeaders,
): Promise<EventStream> {
  const abort = new AbortController();
  const response = await fetch(`${url}/portal/api/events`, { headers, signal: abort.signal });
  const names: string[] = [];
  let onEvent = (): void => {};
  const reading = (async () => {
    const decoder = new TextDecoder();
    let rest = "";
    for await (const chunk of response.body ?? []) {
      rest += decoder.decode(chunk as Uint8Array, { stream: true });
      const events = rest.split("\n\n");
      rest = events.pop() ?? "";
      for (const event of events) {
        const name = /^event: (.+)$/m.exec(event)?.[1];
        if (name !== undefined) names.push(name);
      }
      onEvent();
    }
  })().catch(() => {});
  const count = (name: string): number => names.filter((each) => each === name).length;
  return {
    status: response.status,
    countEvents: count,
    async waitForEvent(name, timeoutMs = 10_000) {
      const before = count(name);
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`no event ${name}`)), timeoutMs);
        onEvent = () => {
          if (count(name) === before) return;
          clearTimeout(timer);
          resolve();
        };
      });
    },
    async [Symbol.asyncDispose]() {
      abort.abort();
      await reading;
    },
  };
}
