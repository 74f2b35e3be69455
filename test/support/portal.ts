/** Calls the portal's API as a page of the workspace does. */
import assert from "node:assert/strict";
import type { TestSandbox } from "./sandbox.ts";

/** What a browser adds to the requests of its pages; the local tools sign in the sender on this machine. */
const pageHeaders = { "sec-fetch-site": "same-origin" } as const;

export interface PortalReply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- any JSON of the route; the assertions check it
  readonly body: any;
}

export async function callPortal(
  { url }: Pick<TestSandbox, "url">,
  path: string,
  { method = "GET", body }: { readonly method?: string; readonly body?: object } = {},
): Promise<PortalReply> {
  const response = await fetch(`${url}/portal/api${path}`, {
    method,
    headers: { ...pageHeaders, ...(body === undefined ? {} : { "content-type": "application/json" }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(20_000),
  });
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.includes("json") === true;
  return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : null };
}

/** The body of a call that succeeds. */
// oxlint-disable-next-line typescript/no-explicit-any -- as above
export async function readPortal(sandbox: Pick<TestSandbox, "url">, path: string): Promise<any> {
  const reply = await callPortal(sandbox, path);
  assert.equal(reply.status, 200, `${path}: ${reply.text}`);
  return reply.body;
}

export interface EventStream extends AsyncDisposable {
  readonly status: number;
  /** Waits for the next event of this name. */
  waitForEvent(name: string, timeoutMs?: number): Promise<void>;
  /** How many events of this name have arrived. */
  countEvents(name: string): number;
}

/** Connects to the events as a page does. */
export async function watchPortal({ url }: Pick<TestSandbox, "url">): Promise<EventStream> {
  const abort = new AbortController();
  const response = await fetch(`${url}/portal/api/events`, { headers: pageHeaders, signal: abort.signal });
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
