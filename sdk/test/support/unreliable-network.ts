/** A proxy between client and server, below its own path. Tests make it lose or change requests and responses. */
import { once } from "node:events";
import { createServer, request as sendRequest, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import type { Server } from "../../../test/support/server.ts";

/** Handles a request in the proxy. `forwardRequest` sends it to the server and returns the response. */
export type Fault = (
  request: IncomingMessage,
  response: ServerResponse,
  forwardRequest: () => Promise<ForwardedResponse>,
) => void | Promise<void>;

export interface ForwardedResponse {
  readonly status: number;
  readonly body: Buffer;
}

export interface UnreliableNetwork extends AsyncDisposable {
  /** Has a path, as behind a reverse proxy. */
  readonly url: string;
  /** Received requests, each as method and path. */
  readonly requests: readonly string[];
  /** Applies to the following requests; getSession is always forwarded. */
  setFault(accident: Fault): void;
}

const prefix = "/mpesa";

const noFault: Fault = async (_request, response, forwardRequest) => {
  const { status, body } = await forwardRequest();
  response.writeHead(status, { "content-type": "application/json" }).end(body);
};

export async function createUnreliableNetwork(target: Pick<Server, "gateway">): Promise<UnreliableNetwork> {
  let fault = noFault;
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const { url = "", method = "" } = request;
    requests.push(`${method} ${url.split("?", 1)[0]}`);
    const forwardRequest = (): Promise<ForwardedResponse> => forward(target.gateway, request);
    void Promise.resolve(
      (url.includes("/getSession/") ? noFault : fault)(request, response, forwardRequest),
    ).catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${prefix}/`,
    requests,
    setFault: (next) => (fault = next),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function forward(gateway: string, request: IncomingMessage): Promise<ForwardedResponse> {
  const { method = "GET", url = "" } = request;
  const { host: _host, ...headers } = request.headers;
  const upstream = sendRequest(gateway + url.replace(prefix, ""), { method, headers });
  upstream.end(await buffer(request));
  const [response] = (await once(upstream, "response")) as [IncomingMessage];
  return { status: response.statusCode ?? 0, body: await buffer(response) };
}
