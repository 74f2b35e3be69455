/**
 * Listeners of organisations: HTTP servers on separate ports. The first one accepts every request and never responds.
 *
 * The script reads the number of listeners from its first input line and prints their addresses as one line. When its
 * standard input ends, it prints when each conversation's first callback arrived, and exits.
 */
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createInterface } from "node:readline";

const input = createInterface(process.stdin)[Symbol.asyncIterator]();
const count = Number((await input.next()).value);
/** Milliseconds since 1970, by conversation ID. */
const firstArrivals = new Map<string, number>();
let duplicates = 0;

const answer = JSON.stringify({
  output_ResponseCode: "0",
  output_ResponseDesc: "Successfully Accepted Result",
});
const acknowledge = (response: ServerResponse): void =>
  void response.writeHead(200, { "content-type": "application/json" }).end(answer);

const urls = await Promise.all(
  Array.from({ length: count }, async (_, index) => {
    const isDead = index === 0;
    const server = createServer((request, response) => {
      if (isDead) return;
      const at = Date.now();
      let text = "";
      request.on("data", (chunk: Buffer) => (text += chunk.toString("latin1")));
      request.once("end", () => {
        const id = /"input_OriginalConversationID":"([0-9a-f]+)"/.exec(text)?.[1] ?? "";
        if (firstArrivals.has(id)) duplicates += 1;
        else firstArrivals.set(id, at);
        acknowledge(response);
      });
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/callbacks`;
  }),
);
process.stdout.write(`${JSON.stringify({ urls })}\n`);
await input.next();
process.stdout.write(`${JSON.stringify({ firstArrivals: [...firstArrivals], duplicates })}\n`, () =>
  process.exit(),
);
