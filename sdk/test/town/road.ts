/** The road between a client and the server: a proxy under a path of its own, which loses and garbles what a test wants. */
import { once } from "node:events";
import { createServer, request as ask, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import type { Server } from "../../../test/town/server.ts";

/** What happens to a request on its way. `pass` lets it through to the server and gives its answer back. */
export type Accident = (
  request: IncomingMessage,
  response: ServerResponse,
  pass: () => Promise<Passed>,
) => void | Promise<void>;

export interface Passed {
  readonly status: number;
  readonly body: Buffer;
}

export interface Road extends AsyncDisposable {
  /** Has a path, as behind a company's proxy. */
  readonly url: string;
  /** What was sent along it, each as method and path. */
  readonly seen: readonly string[];
  /** From now on; getSession always passes. */
  meet(accident: Accident): void;
}

const prefix = "/mpesa";

const nothing: Accident = async (_request, response, pass) => {
  const { status, body } = await pass();
  response.writeHead(status, { "content-type": "application/json" }).end(body);
};

export async function openRoad(to: Pick<Server, "gateway">): Promise<Road> {
  let accident = nothing;
  const seen: string[] = [];
  const server = createServer((request, response) => {
    const { url = "", method = "" } = request;
    seen.push(`${method} ${url.split("?", 1)[0]}`);
    const pass = (): Promise<Passed> => forward(to.gateway, request);
    void Promise.resolve((url.includes("/getSession/") ? nothing : accident)(request, response, pass)).catch(
      () => response.destroy(),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${prefix}/`,
    seen,
    meet: (next) => (accident = next),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function forward(gateway: string, request: IncomingMessage): Promise<Passed> {
  const { method = "GET", url = "" } = request;
  const { host: _ours, ...headers } = request.headers;
  const onward = ask(gateway + url.replace(prefix, ""), { method, headers });
  onward.end(await buffer(request));
  const [answer] = (await once(onward, "response")) as [IncomingMessage];
  return { status: answer.statusCode ?? 0, body: await buffer(answer) };
}
