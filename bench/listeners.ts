/**
 * Listeners of organisations: HTTP servers on separate ports, which acknowledge every callback.
 *
 * The script reads its plan from its first input line and prints the addresses of the listeners as one line. Each further
 * input line is answered with a line of counts. When its standard input ends, it prints when each callback arrived first,
 * and exits. All lines are JSON.
 */
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createInterface } from "node:readline";

export interface ListenersPlan {
  readonly count: number;
  /** Whether the first one accepts every request and never responds. */
  readonly isFirstSilent: boolean;
  /** A regular expression, whose first group that matches is the id of the payment. Other callbacks do not count. */
  readonly idPattern: string;
}

/** Callbacks so far. */
export interface ListenerCounts {
  /** Payments whose callback arrived. */
  readonly payments: number;
  readonly duplicates: number;
  /** When the last of them arrived first, in milliseconds since 1970; 0 if none did. */
  readonly lastArrivalAt: number;
}

const input = createInterface(process.stdin)[Symbol.asyncIterator]();
const plan = JSON.parse((await input.next()).value ?? "null") as ListenersPlan;
const idPattern = new RegExp(plan.idPattern, "s");
/** Milliseconds since 1970, by id. */
const firstArrivals = new Map<string, number>();
let duplicates = 0;
let lastArrivalAt = 0;

const answer = JSON.stringify({
  output_ResponseCode: "0",
  output_ResponseDesc: "Successfully Accepted Result",
});
const acknowledge = (response: ServerResponse): void =>
  void response.writeHead(200, { "content-type": "application/json" }).end(answer);

function count(text: string, at: number): void {
  const id = idPattern
    .exec(text)
    ?.slice(1)
    .find((group) => group !== undefined);
  if (id === undefined) return;
  if (firstArrivals.has(id)) {
    duplicates += 1;
    return;
  }
  firstArrivals.set(id, at);
  lastArrivalAt = at;
}

const urls = await Promise.all(
  Array.from({ length: plan.count }, async (_, index) => {
    const isSilent = plan.isFirstSilent && index === 0;
    const server = createServer((request, response) => {
      if (isSilent) return;
      const at = Date.now();
      let text = "";
      request.on("data", (chunk: Buffer) => (text += chunk.toString("latin1")));
      request.once("end", () => {
        count(text, at);
        acknowledge(response);
      });
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/callbacks`;
  }),
);
process.stdout.write(`${JSON.stringify({ urls })}\n`);
for (let line = await input.next(); line.done !== true; line = await input.next()) {
  const counts: ListenerCounts = { payments: firstArrivals.size, duplicates, lastArrivalAt };
  process.stdout.write(`${JSON.stringify(counts)}\n`);
}
process.stdout.write(`${JSON.stringify({ firstArrivals: [...firstArrivals], duplicates })}\n`, () =>
  process.exit(),
);
