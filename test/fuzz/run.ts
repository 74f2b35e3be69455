/**
 * Sends generated requests to a server and looks for what must never happen: an undocumented 5xx or internal error, an
 * answer that takes over two seconds, memory that grows, and a secret in the server's output.
 */
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { openapiV2Markets } from "../../src/protocols/openapi-v2/markets.ts";
import { operations } from "../../src/protocols/openapi-v2/operations.ts";
import { createRandom } from "../simulation/random.ts";
import { createDarajaClientAt } from "../support/daraja.ts";
import { encryptTo, readPublicKey } from "../support/sandbox.ts";
import type { Server } from "../support/server.ts";
import { buildFuzzRequest, type FuzzRequest, type FuzzTarget } from "./requests.ts";

export interface FuzzOptions {
  readonly seed: number;
  readonly requests: number;
  readonly onProgress?: (done: number) => void;
}

export interface FuzzReport {
  /** Each with the number of its request. */
  readonly failures: readonly string[];
  readonly byStatus: Readonly<Record<string, number>>;
  /** Growth of the server's memory in the second half of the run, or in a second run if that was much, in MiB. */
  readonly grownMiB: number;
  readonly slowestMs: number;
}

const connections = 16;
const maxAnswerMs = 2000;
const maxGrowthMiB = 128;
const maxFailures = 20;

export async function runFuzz(
  server: Server,
  { seed, requests, onProgress }: FuzzOptions,
): Promise<FuzzReport> {
  const { target, secrets } = await createTarget(server);
  const failures: string[] = [];
  const byStatus: Record<string, number> = {};
  let slowestMs = 0;
  let memoryAtHalf = 0;
  let end = requests;
  let next = 0;

  async function sendInTurn(): Promise<void> {
    while (next < end && failures.length < maxFailures) {
      const index = next;
      next += 1;
      // Each request has its own generator, so that one of them can be repeated alone.
      const request = buildFuzzRequest(createRandom(seed * 7_919 + index), target);
      const startedAt = performance.now();
      const answer = await send(target.host, request);
      const tookMs = performance.now() - startedAt;
      slowestMs = Math.max(slowestMs, tookMs);
      const status = /^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? "closed";
      byStatus[status] = (byStatus[status] ?? 0) + 1;
      const isSlow = tookMs > getMaxAnswerMs(request) && (await isSlowAgain(target.host, request));
      const problem = isSlow
        ? `the answer took ${Math.round(tookMs)} ms`
        : findProblem(request, answer, status);
      if (problem !== null)
        failures.push(`request ${index}: ${problem}\n${JSON.stringify(request.bytes.slice(0, 3000))}`);
      if (index === Math.floor(requests / 2)) memoryAtHalf = readMemoryMiB(server.pid);
      if (index % 10_000 === 9999) onProgress?.(index + 1);
    }
  }
  const sendAll = () => Promise.all(Array.from({ length: connections }, sendInTurn));
  await sendAll();

  let grownMiB = readMemoryMiB(server.pid) - memoryAtHalf;
  // The heap also grows until its next collection. A leak goes on growing, so as many requests again decide.
  if (grownMiB > maxGrowthMiB) {
    const memoryAtEnd = readMemoryMiB(server.pid);
    end += requests;
    await sendAll();
    grownMiB = readMemoryMiB(server.pid) - memoryAtEnd;
  }
  if (grownMiB > maxGrowthMiB)
    failures.push(`the server's memory grew by ${grownMiB} MiB in the second half`);
  for (const line of server.logLines) {
    const secret = secrets.find((each) => line.includes(each));
    if (secret !== undefined) failures.push(`the server's output has a secret: ${line.slice(0, 300)}`);
    if (/"level":[56]0/.test(line)) failures.push(`the server logged an error: ${line.slice(0, 1000)}`);
  }
  return { failures: failures.slice(0, maxFailures), byStatus, grownMiB, slowestMs };
}

async function createTarget(server: Server): Promise<{ target: FuzzTarget; secrets: readonly string[] }> {
  const { clientInfo, controlToken, daraja, gateway, ipgV1, soap } = server;
  const bearer = await server.session();
  const token = await createDarajaClientAt(gateway, daraja).getToken();
  const { markets } = clientInfo;
  const ipgV1Bearer = encryptTo(readPublicKey(ipgV1.publicKey), ipgV1.apiKey);
  const target = {
    host: new URL(gateway).host,
    bearer: `Bearer ${bearer}`,
    controlToken,
    customers: Object.fromEntries(
      openapiV2Markets.map((market) => [market, markets[market].customers]),
    ) as unknown as FuzzTarget["customers"],
    shortcode: clientInfo.serviceProviderCode,
    daraja: {
      bearer: `Bearer ${token}`,
      securityCredential: daraja.securityCredential,
      passkey: daraja.passkey,
      shortcode: daraja.shortCode,
      customer: daraja.customers[0] ?? "",
    },
    ipgV1: { bearer: `Bearer ${ipgV1Bearer}`, customers: ipgV1.customers },
    soap,
  };
  const secrets = [clientInfo.apiKey, controlToken, bearer, token, daraja.consumerSecret];
  return { target, secrets: [...secrets, ipgV1.apiKey, ipgV1Bearer, soap.spPassword] };
}

/** Codes of refusals that are documented with a status of 500 or more. `INS-1` is an internal error. */
const documentedErrors: ReadonlySet<string> = new Set([
  // IPG v1's overloading.
  "INS-16",
  ...operations.flatMap(({ codes }) =>
    Object.entries(codes).flatMap(([code, documented]) => {
      const status = typeof documented === "number" ? documented : documented.status;
      return status >= 500 && code !== "INS-1" ? [code] : [];
    }),
  ),
]);

/** What Daraja answers with 500 to a request that cannot be carried out. Its internal errors have other texts. */
const darajaErrors: ReadonlySet<string> = new Set([
  "Merchant does not exist",
  "Wrong credentials",
  "The transaction does not Exist",
  "Unable to lock subscriber, a transaction is already in process for the current subscriber",
  "Duplicate OriginatorConversationID.",
]);

function findProblem({ hasScenario }: FuzzRequest, answer: string, status: string): string | null {
  const [, code = ""] = /"output_ResponseCode":"([^"]+)"/.exec(answer) ?? [];
  const [, message = ""] = /"errorMessage":"([^"]+)"/.exec(answer) ?? [];
  if (Number(status) >= 500 && !hasScenario && !documentedErrors.has(code) && !darajaErrors.has(message))
    return `status ${status}: ${answer.slice(-500)}`;
  if (answer.includes("<ResponseCode>100000004<") && !hasScenario)
    return `an internal error: ${answer.slice(-500)}`;
  if (answer.includes('"output_ResponseCode":"INS-1"') && !hasScenario) return `INS-1: ${answer.slice(-500)}`;
  return /\bat .*\.ts:\d+/.test(answer) ? `a stack trace: ${answer.slice(0, 500)}` : null;
}

/** A request may ask the server to wait. */
const getMaxAnswerMs = ({ bytes }: FuzzRequest): number =>
  maxAnswerMs + 1000 * Number(/"waitSeconds":(\d{1,2})\b/.exec(bytes)?.[1] ?? 0);

/** Whether the request is slow by itself: on a busy machine any request may be slow once. */
async function isSlowAgain(host: string, request: FuzzRequest): Promise<boolean> {
  for (let i = 0; i < 3; i += 1) {
    const startedAt = performance.now();
    await send(host, request);
    if (performance.now() - startedAt < getMaxAnswerMs(request)) return false;
  }
  return true;
}

/** Sends a request, and returns what comes until the server closes the connection. */
function send(host: string, { bytes, mayBeIncomplete }: FuzzRequest): Promise<string> {
  const [hostname, port] = host.split(":");
  return new Promise((resolve) => {
    let answer = "";
    const socket = connect({ host: hostname ?? "", port: Number(port), allowHalfOpen: true });
    socket.setEncoding("latin1");
    socket.on("data", (chunk) => (answer += chunk));
    socket.on("error", () => {});
    // An event stream has no end.
    socket.on("data", () => {
      if (answer.includes("text/event-stream")) socket.destroy();
    });
    socket.once("end", () => socket.end());
    socket.once("close", () => resolve(answer));
    socket.setTimeout(maxAnswerMs * 5, () => socket.destroy());
    socket.write(Buffer.from(bytes, "latin1"));
    if (mayBeIncomplete) socket.end();
  });
}

function readMemoryMiB(pid: number): number {
  const [, kB = "0"] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Math.round(Number(kB) / 1024);
}
