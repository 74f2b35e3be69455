/**
 * `pesarail listen`: receives an application's callbacks on a machine without a public URL.
 *
 * It pulls callbacks from the server, forwards each to a local URL, and reports the result to the server. The
 * server keeps what is undelivered, so this process may stop, crash or sleep at any time and continue later.
 */
import type { Command } from "commander";
import { createWebhookClient, type WebhookClient } from "../../../callbacks/webhook-client.ts";
import { sanitizeText } from "../../../core/sanitize-text.ts";
import { msPerSecond } from "../../../core/clock.ts";
import type { Market } from "../../../core/markets.ts";
import * as parse from "../../terminal/option-parsers.ts";
import { commandPrefix, addHelp } from "../../terminal/usage.ts";
import { UsageError, CommandFailed } from "../../terminal/exit-codes.ts";
import type { ControlArguments, ControlResult } from "../../../api/control/client.ts";
import { callControl, readSandbox, addControlOptions, type ControlOptions } from "../../control-client.ts";
import { printResult } from "../../terminal/print-result.ts";
import { toJson, LineFormatter, type ForwardedDelivery, type ForwardResult } from "./delivery-output.ts";
import {
  ConflictError,
  RequestAborted,
  createReconnectingClient,
  type ReconnectingClient,
} from "./reconnecting-client.ts";
import { Interrupted, abortController, printToStderr } from "../../context.ts";
import { style } from "../../terminal/styles.ts";

/** A listener of the developer's own may have any URL. */
const anyUrl = { httpsOnly: false, ports: null };

const helpText = `While listen is on, the application's requests are acknowledged at once and their results are queued for this command,
even when it is not running. Response URLs in requests are not called. Each result is delivered at least once; results
of one payment are delivered in order. --end returns to response URLs and synchronous responses.`;

interface Options extends ControlOptions {
  readonly forwardTo?: string;
  readonly application?: bigint;
  readonly market?: Market;
  readonly atOnce: number;
  readonly once?: true;
  readonly printBody?: true;
  readonly end?: true;
}

export function addListen(program: Command): void {
  const listen = addControlOptions(program.command("listen"))
    .description("forward an application's callbacks to a URL on this machine; no public URL is needed")
    .option("--forward-to <url>", "the local URL, such as http://localhost:3000/callback", parse.webAddress)
    .option("--application <id>", "the application (default: the seeded one)", parse.applicationId)
    .option("--market <name>", "only callbacks of this market; others stay queued", parse.market)
    .option("--at-once <number>", "number of parallel requests, up to 8", parse.wholeNumber, 1)
    .option("--once", "stop after the first callback; the exit code is 0 if it was acknowledged")
    .option("--print-body", "also print the bodies")
    .option("--end", "turn listen off: requests are answered as before")
    .action((options: Options) => (options.end === true ? endListening(options) : forwardCallbacks(options)));
  addHelp(
    listen,
    helpText,
    "listen --forward-to http://localhost:3000/callback",
    "listen --forward-to http://localhost:3000/callback --application 3 --json",
    "listen --end",
  );
}

/** The given application, or the seeded one. */
async function findApplicationId(options: Options): Promise<string> {
  if (options.application !== undefined) return options.application.toString();
  const [{ applications }, { apiKey }] = await Promise.all([
    callControl(options, "GET /applications"),
    readSandbox(options),
  ]);
  const live = applications.filter(({ revoked }) => !revoked);
  const seeded = live.find(({ apiKeyHint }) => apiKey.endsWith(apiKeyHint)) ?? live[0];
  if (seeded === undefined)
    throw new CommandFailed("The sandbox has no active application. Create one with `keys create`.");
  return seeded.id;
}

type PullStatus = ControlResult<"POST /applications/{id}/relay">;

async function endListening(options: Options): Promise<void> {
  if (options.forwardTo !== undefined) throw new UsageError("Use either --end or --forward-to.");
  const id = await findApplicationId(options);
  const status = await callControl(options, "DELETE /applications/{id}/relay", { params: { id } });
  const { name, waiting } = status;
  const rest =
    waiting === 0
      ? ""
      : ` ${waiting} of them ${waitVerb(waiting)} for the next listen, because there is no response URL.`;
  printResult(
    options,
    status,
    `Results of application ${id} (${name}) are no longer queued for listen. Its requests are answered as before.${rest}`,
  );
}

const waitVerb = (count: number): string => (count === 1 ? "waits" : "wait");

/** State that the workers share. */
interface ListenContext {
  readonly options: Options;
  /** The application's id. */
  readonly id: string;
  readonly targetUrl: string;
  readonly server: ReconnectingClient;
  readonly client: WebhookClient;
  readonly formatter: LineFormatter;
  /** Aborted to stop pulling. */
  readonly stopController: AbortController;
}

async function forwardCallbacks(options: Options): Promise<void> {
  const { forwardTo: targetUrl, atOnce } = options;
  if (targetUrl === undefined)
    throw new UsageError("--forward-to is required: the local URL, such as http://localhost:3000/callback.");
  if (atOnce < 1 || atOnce > 8) throw new UsageError("--at-once must be a number from 1 to 8.");
  const id = await findApplicationId(options);
  const status = await callControl(options, "POST /applications/{id}/relay", { params: { id } });
  printStarted(status, targetUrl);
  const stopController = new AbortController();
  onInterruption(() => stopController.abort());
  const context: ListenContext = {
    options,
    id,
    targetUrl,
    server: createReconnectingClient(options, printConnectionChange),
    client: createWebhookClient({ rules: { environment: "sandbox", privateListeners: true } }),
    formatter: new LineFormatter(targetUrl),
    stopController,
  };
  try {
    const workers = options.once === true ? 1 : atOnce;
    const ended = await Promise.allSettled(Array.from({ length: workers }, () => runWorker(context)));
    const failed = ended.find((outcome) => outcome.status === "rejected");
    if (failed !== undefined) throw failed.reason;
    if (options.once === true) assertAcknowledged(ended[0]?.status === "fulfilled" ? ended[0].value : null);
    else printStopped(options, id);
  } finally {
    stopController.abort();
    context.server.close();
    await context.client.close();
  }
}

/** Forwards callbacks until stopped. Returns the last one. */
async function runWorker(context: ListenContext): Promise<ForwardResult | null> {
  let last: ForwardResult | null = null;
  const { stopController, options } = context;
  while (!stopController.signal.aborted) {
    const delivery = await collect(context);
    if (delivery === undefined) continue;
    last = await forward(context, delivery);
    printDelivery(context, last);
    if (options.once === true) return last;
  }
  return last;
}

const waitSeconds = 25;

async function collect({
  server,
  id,
  options,
  stopController,
}: ListenContext): Promise<ForwardedDelivery | undefined> {
  const { market } = options;
  // After an outage, poll without waiting: the user wants to see at once that the server is back.
  const body = () => ({
    waitSeconds: server.unavailable ? 0 : waitSeconds,
    ...(market === undefined ? {} : { market }),
  });
  const requestOptions = {
    timeoutMs: (waitSeconds + 10) * msPerSecond,
    signal: stopController.signal,
    maxSleepMs: 10 * msPerSecond,
  };
  try {
    const { deliveries } = await server.call(
      "POST /applications/{id}/relay/collect",
      () => [{ params: { id }, body: body() }],
      requestOptions,
    );
    return deliveries[0];
  } catch (error) {
    if (error instanceof RequestAborted) return undefined;
    stopController.abort();
    if (error instanceof ConflictError)
      throw new CommandFailed("listen was ended (listen --end): results are no longer queued for it.");
    throw error;
  }
}

async function forward(context: ListenContext, delivery: ForwardedDelivery): Promise<ForwardResult> {
  const { client, targetUrl } = context;
  const { body, url } = delivery;
  const headers = {
    ...delivery.headers,
    ...(url === null ? {} : { "pesarail-response-url": asciiUrl(url) }),
  };
  // Not aborted by an interruption, so that the delivery in progress completes and is recorded.
  const response = await client.send({ urlRules: anyUrl, url: targetUrl, headers, body }, neverStops);
  const {
    httpStatus,
    durationMs: tookMs,
    body: responseBody,
    failure,
    warning: flag,
    retryAfterMs,
  } = response;
  const retryAfterSeconds = retryAfterMs === null ? null : Math.ceil(retryAfterMs / msPerSecond);
  const result = { httpStatus, tookMs, answer: responseBody, failure, flag, retryAfterSeconds };
  const { recorded, unrecordedReason } = await record(context, delivery, result);
  return { delivery, httpStatus, tookMs, recorded, unrecordedReason };
}

const neverStops = new AbortController().signal;

/** Encodes a URL for use in a header. */
const asciiUrl = (url: string): string => URL.parse(url)?.href ?? "";

/** How long to retry recording an attempt. Afterwards the server returns the delivery again. */
const recordWithinMs = 20 * msPerSecond;

type Report = ControlArguments<"POST /applications/{id}/relay/record">["body"];

async function record(
  { server, id }: ListenContext,
  { market, conversationId, receipt }: ForwardedDelivery,
  result: Omit<Report, "market" | "conversationId" | "receipt">,
): Promise<Pick<ForwardResult, "recorded" | "unrecordedReason">> {
  const body = { market, conversationId, receipt, ...result };
  const signal = AbortSignal.timeout(recordWithinMs);
  try {
    const recorded = await server.call(
      "POST /applications/{id}/relay/record",
      () => [{ params: { id }, body }],
      { timeoutMs: recordWithinMs, signal },
    );
    return { recorded, unrecordedReason: null };
  } catch (error) {
    if (error instanceof RequestAborted)
      return {
        recorded: null,
        unrecordedReason: "The server did not record the result, so it will deliver the callback again.",
      };
    if (error instanceof ConflictError)
      return {
        recorded: null,
        unrecordedReason: "Recording took too long, so the server will deliver the callback again.",
      };
    throw error;
  }
}

function printDelivery({ options, formatter, targetUrl }: ListenContext, result: ForwardResult): void {
  const at = new Date();
  const line = options.json === true ? toJson(result, targetUrl, at) : formatter.format(result, at);
  process.stdout.write(`${line}\n`);
  if (options.printBody === true && options.json !== true) {
    const body = formatBody(result.delivery.body);
    process.stdout.write(`${style("quiet", sanitizeText(body).replaceAll(/^/gm, "    "))}\n`);
  }
}

/** JSON with line breaks, and any other body as it is. */
function formatBody(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}

function assertAcknowledged(result: ForwardResult | null): void {
  if (result === null) throw new Interrupted();
  const { recorded, unrecordedReason } = result;
  if (recorded === null) throw new CommandFailed(unrecordedReason ?? "");
  if (recorded.failure !== null) throw new CommandFailed(`It was not acknowledged. ${recorded.failure}`);
}

/** Notices go to standard error, so that the results can be piped. */
const dim = (text: string): string => style("quiet", text, process.stderr);
const hint = (text: string): string => style("hint", text, process.stderr);

function printStarted({ application: id, name, waiting }: PullStatus, targetUrl: string): void {
  printToStderr(`Listening for application ${id} (${name}), forwarding to ${hint(targetUrl)}`);
  printToStderr(
    dim("From now on its requests are acknowledged at once, and their results are delivered here."),
  );
  printToStderr(
    `${dim("To show the secret that signs the callbacks:")} ${hint(`${commandPrefix} keys secret ${id}`)}`,
  );
  if (waiting > 0) printToStderr(`Queued results: ${waiting}.`);
  printToStderr(dim("Press Ctrl-C to stop."));
}

function printStopped({ application }: Options, id: string): void {
  const which = application === undefined ? "" : ` --application ${id}`;
  printToStderr("Stopped. New results are queued for the next listen.");
  printToStderr(`${dim("To turn listen off:")} ${hint(`${commandPrefix} listen --end${which}`)}`);
}

function printConnectionChange(reason: string | null): void {
  const at = dim(new Date().toTimeString().slice(0, 8));
  if (reason === null)
    printToStderr(`${style("good", "✔", process.stderr)} ${at}  Connected to the server again.`);
  else
    printToStderr(
      `${style("warn", "!", process.stderr)} ${at}  Cannot reach the server (${reason}). Retrying …`,
    );
}

/**
 * The first interruption lets the delivery in progress complete. npm repeats the signal immediately, so only
 * one that arrives more than a second later exits.
 */
function onInterruption(onFirst: () => void): void {
  const { signal } = abortController;
  if (signal.aborted) onFirst();
  signal.addEventListener("abort", onFirst, { once: true });
  let firstAt: number | null = null;
  const onSignal = (): void => {
    firstAt ??= performance.now();
    if (performance.now() - firstAt > msPerSecond) process.exit(130);
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
}
