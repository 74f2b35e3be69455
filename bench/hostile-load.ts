/**
 * Sends one kind of hostile load until its standard input ends, with at most one core of its own, since it is one process.
 *
 * It reads its plan from its first input line, and prints `{}` when the load has begun and its result at the end, as JSON
 * lines.
 */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { Agent, createServer, request, type RequestOptions } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { createEncrypter } from "./bearers.ts";
import type { HostileLoad, HostilePlan, HostileResult } from "./hostile-loads.ts";

const input = createInterface(process.stdin);
const lines = input[Symbol.asyncIterator]();
const plan = JSON.parse((await lines.next()).value ?? "null") as HostilePlan;
const gateway = new URL(plan.gateway);
const callPath = `/sandbox/ipg/v2/${plan.market}`;
const bearer = `Bearer ${createEncrypter(plan.publicKey)(plan.session)}`;
const run = randomBytes(6).toString("hex");
const stop = new AbortController();
let sent = 0;
let paid = 0;

interface HostileRequest extends Omit<RequestOptions, "headers"> {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const loads: Readonly<Record<HostileLoad, () => Promise<void>>> = {
  forged_bearers: () =>
    repeat(64, () => {
      const forged = randomBytes(512).fill(1, 0, 1).toString("base64");
      return { path: `${callPath}/getSession/`, headers: { authorization: `Bearer ${forged}`, origin: "*" } };
    }),
  no_key: () =>
    repeat(64, () => ({
      method: "POST",
      path: `${callPath}/c2bPayment/singleStage/`,
      headers: Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`x-${index}`, "x".repeat(300)])),
      body: JSON.stringify(
        Object.fromEntries(fieldNames.map((name) => [name, randomBytes(150).toString("hex")])),
      ),
    })),
  unknown_paths: () => repeat(64, () => ({ path: `/${randomBytes(8).toString("hex")}` })),
  silent_connections: () => keepConnections({ perSecond: 200, max: 2000 }, () => {}),
  slow_headers: () => keepConnections({ perSecond: 500, max: 500 }, drip("GET / HTTP/1.1\r\nx: ")),
  slow_bodies: () =>
    keepConnections(
      { perSecond: 500, max: 500 },
      drip(`POST ${callPath}/c2bPayment/singleStage/ HTTP/1.1\r\nhost: x\r\ncontent-length: 60000\r\n\r\n`),
    ),
  large_bodies: () => repeat(32, () => ({ ...post("c2bPayment/singleStage/"), body: largeBody })),
  pages: () =>
    repeat(32, (count) => ({ path: pages[count % pages.length] ?? "/", headers: { accept: "text/html" } })),
  portal: () =>
    repeat(20, () => ({
      path: `/portal/api/requests?limit=50&market=${plan.market}`,
      // As a page of the workspace; the local tools sign it in.
      headers: { "sec-fetch-site": "same-origin" },
    })),
  poison: () =>
    repeat(16, () => ({
      ...post("c2bPayment/singleStage/"),
      body: JSON.stringify({ ...payment(plan.customer), input_ResponseURL: "http://127.0.0.1/\0" }),
    })),
  prompts: () =>
    repeat(16, (count) => ({
      ...post("c2bPayment/singleStage/"),
      body: JSON.stringify({
        ...payment(plan.handsets[count % plan.handsets.length] ?? ""),
        // Nothing listens there. With it, the response does not wait for the customer.
        input_ResponseURL: "http://127.0.0.1:9/",
      }),
    })),
  queries: () =>
    repeat(32, (count) => ({
      path: `${callPath}/queryTransactionStatus/?${new URLSearchParams({
        input_QueryReference: `${run}${count}`,
        input_ServiceProviderCode: plan.shortcode,
        input_ThirdPartyConversationID: `${run}q${count}`,
        input_Country: plan.country,
      }).toString()}`,
      headers: { authorization: bearer, origin: "*" },
    })),
  endless_listener: async () => {
    const url = await startEndlessListener();
    await repeat(16, () => ({
      ...post("c2bPayment/singleStage/"),
      body: JSON.stringify({ ...payment(plan.customer), input_ResponseURL: url }),
    }));
  },
};

const fieldNames = [
  "input_Amount",
  "input_CustomerMSISDN",
  "input_ServiceProviderCode",
  "input_TransactionReference",
  "input_ThirdPartyConversationID",
  "input_PurchasedItemsDesc",
];

const largeBody = JSON.stringify(
  Object.fromEntries(Array.from({ length: 2500 }, (_, index) => [`input_Field${index}`, `${index}`])),
);

const pages = ["/openapi.json", "/health/ready", "/metrics", "/", `/handset/${plan.market}`, "/handset"];

const post = (path: string): HostileRequest => ({
  method: "POST",
  path: `${callPath}/${path}`,
  headers: { authorization: bearer, origin: "*", "content-type": "application/json" },
});

let references = 0;
const payment = (msisdn: string): Record<string, string> => ({
  input_Amount: "10",
  input_Country: plan.country,
  input_Currency: plan.currency,
  input_CustomerMSISDN: msisdn,
  input_ServiceProviderCode: plan.shortcode,
  input_ThirdPartyConversationID: `${run}p${(references += 1)}`,
  input_TransactionReference: "T1",
  input_PurchasedItemsDesc: "Shoes",
});

/** Sends requests on this many connections, each as soon as the one before has its response. */
async function repeat(connections: number, build: (count: number) => HostileRequest): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  let count = 0;
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (!stop.signal.aborted) {
        const status = await send(agent, build((count += 1)));
        sent += 1;
        // A prompt is acknowledged with 201, too, and it is never answered.
        if (status === 201 && plan.kind !== "prompts") paid += 1;
        // A server that refuses connections must not make this process busy.
        if (status === 0) await sleep(10);
      }
    }),
  );
  agent.destroy();
}

/** Resolves to the status, or to 0 if the connection failed. */
function send(agent: Agent, { body = "", ...options }: HostileRequest): Promise<number> {
  return new Promise((resolve) => {
    const headers = { ...options.headers, "content-length": Buffer.byteLength(body) };
    const outgoing = request(gateway, { ...options, headers, agent }, (response) => {
      response.resume();
      response.once("close", () => resolve(response.statusCode ?? 0));
    });
    outgoing.setTimeout(10_000, () => outgoing.destroy());
    outgoing.once("error", () => resolve(0));
    outgoing.end(body);
  });
}

interface ConnectionPlan {
  readonly perSecond: number;
  /** Open at the same time. */
  readonly max: number;
}

/** Keeps connections open, and opens others for those that the server closes. */
async function keepConnections(
  { perSecond, max }: ConnectionPlan,
  use: (socket: Socket) => void,
): Promise<void> {
  const open = new Set<Socket>();
  const stepMs = 50;
  while (!stop.signal.aborted) {
    for (let i = 0; i < (perSecond * stepMs) / 1000 && open.size < max; i += 1) {
      const socket = connect(Number(gateway.port), gateway.hostname);
      socket.on("error", () => {});
      socket.once("close", () => open.delete(socket));
      open.add(socket);
      sent += 1;
      use(socket);
    }
    await sleep(stepMs);
  }
  for (const socket of open) socket.destroy();
}

/** Sends a text at once, and then a byte a second. */
const drip =
  (text: string) =>
  (socket: Socket): void => {
    socket.write(text);
    const timer = setInterval(() => socket.write("x"), 1000);
    socket.once("close", () => clearInterval(timer));
  };

/** A listener that responds with interim responses until the connection is closed. */
async function startEndlessListener(): Promise<string> {
  const interim = Buffer.from(`HTTP/1.1 103 Early Hints\r\nlink: <${"x".repeat(4000)}>\r\n\r\n`);
  const server = createServer((_request, { socket }) => {
    const write = (): void => {
      let hasRoom = socket !== null && !socket.destroyed;
      while (hasRoom) hasRoom = socket?.write(interim) === true;
    };
    socket?.on("drain", write);
    socket?.on("error", () => {});
    write();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

const end = (): void => stop.abort();
input.once("close", end);
setTimeout(end, plan.maxSeconds * 1000).unref();
process.stdout.write("{}\n");
await loads[plan.kind]();
const result: HostileResult = { sent, paid };
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit());
