/**
 * A listener as organisations run them: a real HTTP or HTTPS server on a port of its own, which remembers what
 * it was told and behaves as a test wants.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";

/** Something that the listener was told. */
export interface Heard {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly body: Readonly<Record<string, string>>;
  /** Wall time. */
  readonly at: number;
}

/** What it does with what it has heard. It may never answer. */
export type Behaviour = (heard: Heard, response: ServerResponse, request: IncomingMessage) => void;

export interface Listener extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly heard: readonly Heard[];
  /** Requests that are under way. */
  readonly busy: number;
  /** The most that were under way at once. */
  readonly busyMax: number;
  behave(behaviour: Behaviour): void;
  /** Waits until it has heard so much. Throws with what it has heard if that takes too long. */
  untilHeard(count: number, withinMs?: number): Promise<readonly Heard[]>;
}

/** Answers as M-Pesa documents for listeners. */
export const acknowledge: Behaviour = ({ body }, response) => {
  const ok = {
    output_OriginalConversationID: body["input_OriginalConversationID"],
    output_ResponseCode: "0",
    output_ResponseDesc: "Successfully Accepted Result",
    output_ThirdPartyConversationID: body["input_ThirdPartyConversationID"],
  };
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(ok));
};

/** Answers with a status, and headers if given. */
export const answerWith =
  (status: number, headers: Readonly<Record<string, string>> = {}, body = ""): Behaviour =>
  (_heard, response) =>
    void response.writeHead(status, headers).end(body);

/** Takes the request and never says anything. */
export const hang: Behaviour = () => {};

/** Breaks the connection off. */
export const reset: Behaviour = (_heard, _response, request) => void request.socket.resetAndDestroy();

export interface ListenerOptions {
  readonly behaviour?: Behaviour;
  /** Makes it an HTTPS server. PEM. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** A port that was free a moment ago; any if nothing is said. */
  readonly port?: number;
}

export async function openListener(options: ListenerOptions = {}): Promise<Listener> {
  const heard: Heard[] = [];
  let behaviour = options.behaviour ?? acknowledge;
  let busy = 0;
  let busyMax = 0;

  const onRequest: RequestListener = (request, response) => {
    busy += 1;
    busyMax = Math.max(busyMax, busy);
    response.once("close", () => (busy -= 1));
    text(request).then(
      (said) => {
        const one = { path: request.url ?? "", headers: request.headers, text: said, body: parsed(said) };
        const told = { ...one, at: Date.now() } as Heard;
        heard.push(told);
        behaviour(told, response, request);
      },
      // The caller hung up in the middle.
      () => {},
    );
  };
  const server =
    options.tls === undefined ? createServer(onRequest) : createTlsServer(options.tls, onRequest);
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  server.listen(options.port ?? 0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const scheme = options.tls === undefined ? "http" : "https";

  return {
    url: `${scheme}://127.0.0.1:${port}/told`,
    port,
    heard,
    get busy() {
      return busy;
    },
    get busyMax() {
      return busyMax;
    },
    behave: (next) => void (behaviour = next),
    async untilHeard(count, withinMs = 10_000) {
      const giveUpAt = performance.now() + withinMs;
      while (heard.length < count) {
        if (performance.now() > giveUpAt) {
          const said = heard.map((each) => each.text).join("\n");
          throw new Error(`the listener heard ${heard.length} of ${count} within ${withinMs} ms:\n${said}`);
        }
        await sleep(5);
      }
      return heard;
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function parsed(said: string): Readonly<Record<string, string>> {
  try {
    return JSON.parse(said) as Readonly<Record<string, string>>;
  } catch {
    return {};
  }
}
