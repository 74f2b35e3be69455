/**
 * A listener as organisations run them: a real HTTP or HTTPS server on a port of its own, which records its requests
 * and responds as a test needs.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";

/** A callback that the listener received. */
export interface ReceivedCallback {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly body: Readonly<Record<string, string>>;
  /** Wall time. */
  readonly at: number;
}

/** Responds to a callback, or never does. */
export type ListenerBehaviour = (
  callback: ReceivedCallback,
  response: ServerResponse,
  request: IncomingMessage,
) => void;

export interface Listener extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly received: readonly ReceivedCallback[];
  /** Requests in progress. */
  readonly inFlight: number;
  /** The maximum of requests in progress at the same time. */
  readonly maxInFlight: number;
  setBehaviour(behaviour: ListenerBehaviour): void;
  /** Waits for this number of callbacks. The error lists the received ones. */
  waitForCallbacks(count: number, timeoutMs?: number): Promise<readonly ReceivedCallback[]>;
}

/** Responds as M-Pesa documents for listeners. */
export const acknowledge: ListenerBehaviour = ({ body }, response) => {
  const ok = {
    output_OriginalConversationID: body["input_OriginalConversationID"],
    output_ResponseCode: "0",
    output_ResponseDesc: "Successfully Accepted Result",
    output_ThirdPartyConversationID: body["input_ThirdPartyConversationID"],
  };
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(ok));
};

/** Responds with a status, and headers if given. */
export const respondWith =
  (status: number, headers: Readonly<Record<string, string>> = {}, body = ""): ListenerBehaviour =>
  (_callback, response) =>
    void response.writeHead(status, headers).end(body);

/** Takes the request and never responds. */
export const neverRespond: ListenerBehaviour = () => {};

/** Resets the connection. */
export const resetConnection: ListenerBehaviour = (_callback, _response, request) =>
  void request.socket.resetAndDestroy();

export interface ListenerOptions {
  readonly behaviour?: ListenerBehaviour;
  /** Makes it an HTTPS server. PEM. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** A port that was free recently; default: any. */
  readonly port?: number;
}

export async function createTestListener(options: ListenerOptions = {}): Promise<Listener> {
  const received: ReceivedCallback[] = [];
  let behaviour = options.behaviour ?? acknowledge;
  let inFlight = 0;
  let maxInFlight = 0;

  const onRequest: RequestListener = (request, response) => {
    inFlight += 1;
    maxInFlight = Math.max(maxInFlight, inFlight);
    response.once("close", () => (inFlight -= 1));
    text(request).then(
      (bodyText) => {
        const fields = {
          path: request.url ?? "",
          headers: request.headers,
          text: bodyText,
          body: parseObject(bodyText),
        };
        const receivedCallback = { ...fields, at: Date.now() } as ReceivedCallback;
        received.push(receivedCallback);
        behaviour(receivedCallback, response, request);
      },
      // The client disconnected in the middle.
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
    url: `${scheme}://127.0.0.1:${port}/callback`,
    port,
    received,
    get inFlight() {
      return inFlight;
    },
    get maxInFlight() {
      return maxInFlight;
    },
    setBehaviour: (newBehaviour) => void (behaviour = newBehaviour),
    async waitForCallbacks(count, timeoutMs = 10_000) {
      const deadline = performance.now() + timeoutMs;
      while (received.length < count) {
        if (performance.now() > deadline) {
          const texts = received.map((callback) => callback.text).join("\n");
          throw new Error(
            `the listener received ${received.length} of ${count} callbacks within ${timeoutMs} ms:\n${texts}`,
          );
        }
        await sleep(5);
      }
      return received;
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function parseObject(text: string): Readonly<Record<string, string>> {
  try {
    return JSON.parse(text) as Readonly<Record<string, string>>;
  } catch {
    return {};
  }
}
