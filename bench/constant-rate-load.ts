/**
 * Sends payments at a constant rate, which does not depend on how fast the server responds.
 *
 * It reads its plan on standard input and prints the result, both as JSON.
 */
import { randomBytes } from "node:crypto";
import { Agent, request } from "node:http";
import { text } from "node:stream/consumers";
import { createEncrypter } from "./bearers.ts";
import { createHistogram, getPercentileMs, recordLatency } from "./histogram.ts";

export interface ConstantRatePlan {
  readonly url: string;
  readonly publicKey: string;
  /** Session keys, one for each organisation. */
  readonly sessions: readonly string[];
  readonly firstShortcode: number;
  readonly msisdnPrefix: string;
  readonly firstMsisdn: number;
  readonly customers: number;
  readonly country: string;
  readonly currency: string;
  readonly perSecond: number;
  /** The measured time, after the warm-up. */
  readonly seconds: number;
  readonly warmUpSeconds: number;
}

export interface ConstantRateResult {
  /** The number of 201 responses. */
  readonly paid: number;
  readonly byStatus: Readonly<Record<string, number>>;
  readonly perSecond: number;
  /** Payments with a 201 response, sent and answered after the warm-up, per second. */
  readonly paidPerSecond: number;
  /** From sending to the complete response, of all requests after the warm-up. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** The end of the warm-up, in milliseconds since 1970. */
  readonly countedFrom: number;
  /** Conversation IDs of acknowledged payments, by session index. */
  readonly conversations: readonly (readonly string[])[];
}

const plan = JSON.parse(await text(process.stdin)) as ConstantRatePlan;
const agent = new Agent({ keepAlive: true, maxSockets: 256 });
const encrypt = createEncrypter(plan.publicKey);
const bearers = plan.sessions.map((session) => `Bearer ${encrypt(session)}`);
const conversations: string[][] = plan.sessions.map(() => []);
const byStatus: Record<string, number> = {};
const run = randomBytes(6).toString("hex");
const total = plan.perSecond * (plan.warmUpSeconds + plan.seconds);
const countedFrom = Date.now() + plan.warmUpSeconds * 1000;
const latencies = createHistogram();
let paidAfterWarmUp = 0;
let sent = 0;
let answered = 0;

function pay(index: number): void {
  const session = index % plan.sessions.length;
  const sentAt = performance.now();
  const isCounted = Date.now() >= countedFrom;
  const body = JSON.stringify({
    input_Amount: "10",
    input_Country: plan.country,
    input_Currency: plan.currency,
    input_CustomerMSISDN: `${plan.msisdnPrefix}${plan.firstMsisdn + ((index * 7919) % plan.customers)}`,
    input_ServiceProviderCode: `${plan.firstShortcode + session}`,
    input_ThirdPartyConversationID: `${run}${index}`,
    input_TransactionReference: `T${index}`,
    input_PurchasedItemsDesc: "Shoes",
  });
  const headers = {
    authorization: bearers[session] ?? "",
    origin: "*",
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
  };
  const httpRequest = request(plan.url, { method: "POST", agent, headers }, (response) => {
    const { statusCode = 0 } = response;
    text(response).then(
      (responseBody) => end(String(statusCode), statusCode === 201 ? responseBody : null),
      () => end("broken", null),
    );
  });
  httpRequest.once("error", () => end("broken", null));
  httpRequest.end(body);

  function end(status: string, responseBody: string | null): void {
    answered += 1;
    if (isCounted) recordLatency(latencies, performance.now() - sentAt);
    if (isCounted && status === "201") paidAfterWarmUp += 1;
    byStatus[status] = (byStatus[status] ?? 0) + 1;
    const id =
      responseBody === null
        ? undefined
        : (JSON.parse(responseBody) as Record<string, string>)["output_ConversationID"];
    if (id !== undefined) conversations[session]?.push(id);
    if (answered === total) finish();
  }
}

const startedAt = performance.now();
const pacer = setInterval(() => {
  const due = Math.min(total, Math.floor(((performance.now() - startedAt) / 1000) * plan.perSecond));
  for (; sent < due; sent += 1) pay(sent);
  if (sent === total) clearInterval(pacer);
}, 1);

function finish(): void {
  const seconds = (performance.now() - startedAt) / 1000;
  const result: ConstantRateResult = {
    paid: byStatus["201"] ?? 0,
    byStatus,
    perSecond: Math.round(total / seconds),
    paidPerSecond: paidAfterWarmUp / Math.max(plan.seconds, seconds - plan.warmUpSeconds),
    p50Ms: getPercentileMs(latencies, 0.5),
    p99Ms: getPercentileMs(latencies, 0.99),
    countedFrom,
    conversations,
  };
  process.stdout.write(JSON.stringify(result), () => process.exit());
}
