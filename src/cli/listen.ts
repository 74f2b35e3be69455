/**
 * `pesarail listen`: an application's callbacks on a laptop that nobody can post to.
 *
 * It collects them from the server, over connections that it makes itself, forwards each to a URL of this
 * machine, and tells the server what came of it. What is open is kept by the server: this may be ended,
 * killed or asleep at any moment, and goes on where it was.
 */
import type { Command } from "commander";
import { openCaller, readable, type Caller } from "../callbacks/call.ts";
import { second } from "../clock.ts";
import type { Market } from "../money.ts";
import * as read from "./arguments.ts";
import { called, explain } from "./called.ts";
import { Misused, Refused } from "./command-error.ts";
import { askServer, readSandbox, withControlOptions, type ControlOptions } from "./control-client.ts";
import { answer } from "./desk.ts";
import { asJson, Lines, type Delivery, type Done, type Recorded } from "./listen-line.ts";
import { Conflict, GivenUp, openListenServer, type ListenServer } from "./listen-server.ts";
import { Interrupted, interruption, report } from "./run.ts";
import { paint } from "./terminal.ts";

const says = `While it is on, the application's calls are acknowledged at once, and their results wait for this command,
also while it does not run; URLs that requests name are not called. Each result is told at least once, and those of
one payment in order. --end gives results back to URLs and answers.`;

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
  const listen = withControlOptions(program.command("listen"))
    .description("forward an application's callbacks to a URL of this machine, which needs no public one")
    .option("--forward-to <url>", "where to, such as http://localhost:3000/callback", read.webAddress)
    .option("--application <id>", "whose callbacks (default: the seeded application's)", read.applicationId)
    .option("--market <name>", "only this market's; the others wait", read.market)
    .option("--at-once <number>", "how many to forward at a time, up to 8", read.wholeNumber, 1)
    .option("--once", "end after the first; the exit code says whether it was acknowledged")
    .option("--print-body", "print what is forwarded too")
    .option("--end", "collect no more: calls are answered as before")
    .action((options: Options) => (options.end === true ? end(options) : listenFor(options)));
  explain(
    listen,
    says,
    "listen --forward-to http://localhost:3000/callback",
    "listen --forward-to http://localhost:3000/callback --application 3 --json",
    "listen --end",
  );
}

interface Application {
  readonly id: string;
  readonly name: string;
  readonly apiKeyHint: string;
  readonly revoked: boolean;
}

/** The one that is named, or the one that every sandbox begins with. */
async function applicationOf(options: Options): Promise<string> {
  if (options.application !== undefined) return options.application.toString();
  const [{ applications }, { apiKey }] = await Promise.all([
    askServer<{ applications: readonly Application[] }>(options, "GET", "/applications"),
    readSandbox(options),
  ]);
  const live = applications.filter(({ revoked }) => !revoked);
  const seeded = live.find(({ apiKeyHint }) => apiKey.endsWith(apiKeyHint)) ?? live[0];
  if (seeded === undefined) throw new Refused("The sandbox has no application that is not revoked.");
  return seeded.id;
}

interface Standing {
  readonly application: string;
  readonly name: string;
  readonly waiting: number;
}

async function end(options: Options): Promise<void> {
  if (options.forwardTo !== undefined) throw new Misused("--end and --forward-to do not go together.");
  const id = await applicationOf(options);
  const standing = await askServer<Standing>(options, "DELETE", `/applications/${id}/relay`);
  const { name, waiting } = standing;
  const rest =
    waiting === 0
      ? ""
      : ` ${waiting} of them ${wait(waiting)} for the next listen, having nowhere else to go.`;
  answer(
    options,
    standing,
    `The results of application ${id} (${name}) are not collected any more: its calls are answered as before.${rest}`,
  );
}

const wait = (count: number): string => (count === 1 ? "waits" : "wait");

/** What the workers share. */
interface Listening {
  readonly options: Options;
  readonly path: string;
  readonly to: string;
  readonly server: ListenServer;
  readonly caller: Caller;
  readonly lines: Lines;
  /** Aborted when no more shall be collected. */
  readonly enough: AbortController;
}

async function listenFor(options: Options): Promise<void> {
  const { forwardTo: to, atOnce } = options;
  if (to === undefined) throw new Misused("--forward-to says where the callbacks go.");
  if (atOnce < 1 || atOnce > 8) throw new Misused("--at-once is a number from 1 to 8.");
  const id = await applicationOf(options);
  const standing = await askServer<Standing>(options, "POST", `/applications/${id}/relay`);
  hello(standing, to);
  const enough = new AbortController();
  onInterruption(() => enough.abort());
  const listening: Listening = {
    options,
    path: `/applications/${id}/relay`,
    to,
    server: openListenServer(options, sayGone),
    caller: openCaller({ rules: { environment: "sandbox", privateListeners: true } }),
    lines: new Lines(to),
    enough,
  };
  try {
    const workers = options.once === true ? 1 : atOnce;
    const ended = await Promise.allSettled(Array.from({ length: workers }, () => work(listening)));
    const failed = ended.find((each) => each.status === "rejected");
    if (failed !== undefined) throw failed.reason;
    if (options.once === true) judge(ended[0]?.status === "fulfilled" ? ended[0].value : null);
    else goodbye(options, id);
  } finally {
    enough.abort();
    listening.server.close();
    await listening.caller.close();
  }
}

/** Forwards one after the other until it is enough. Returns the last. */
async function work(listening: Listening): Promise<Done | null> {
  let last: Done | null = null;
  const { enough, options } = listening;
  while (!enough.signal.aborted) {
    const delivery = await collect(listening);
    if (delivery === undefined) continue;
    last = await forward(listening, delivery);
    print(listening, last);
    if (options.once === true) return last;
  }
  return last;
}

const waitSeconds = 25;

async function collect({ server, path, options, enough }: Listening): Promise<Delivery | undefined> {
  const { market } = options;
  // One that was gone is asked for what is there: whoever watches wants to know that it is back.
  const body = () => ({
    waitSeconds: server.gone ? 0 : waitSeconds,
    ...(market === undefined ? {} : { market }),
  });
  const within = { withinMs: (waitSeconds + 10) * second, until: enough.signal, freshMs: 10 * second };
  try {
    const { deliveries } = await server.ask<{ deliveries: readonly Delivery[] }>(
      `${path}/collect`,
      body,
      within,
    );
    return deliveries[0];
  } catch (error) {
    if (error instanceof GivenUp) return undefined;
    enough.abort();
    if (error instanceof Conflict)
      throw new Refused("Somebody ended it (listen --end): results are not collected any more.");
    throw error;
  }
}

async function forward(listening: Listening, delivery: Delivery): Promise<Done> {
  const { caller, to } = listening;
  const { body, url } = delivery;
  const headers = {
    ...delivery.headers,
    ...(url === null ? {} : { "pesarail-response-url": asciiUrl(url) }),
  };
  // Never broken off: whoever interrupts waits for the one in hand, or kills us.
  const answered = await caller.call({ protocol: "openapi-v2", url: to, headers, body }, neverStops);
  const { httpStatus, tookMs, answer: said, failure, flag, retryAfterMs } = answered;
  const retryAfterSeconds = retryAfterMs === null ? null : Math.ceil(retryAfterMs / second);
  const came = { httpStatus, tookMs, answer: said, failure, flag, retryAfterSeconds };
  const { recorded, unrecorded } = await record(listening, delivery, came);
  return { delivery, httpStatus, tookMs, recorded, unrecorded };
}

const neverStops = new AbortController().signal;

/** As it may stand in a header. */
const asciiUrl = (url: string): string => URL.parse(url)?.href ?? "";

/** So long it is tried to tell the server what came of a delivery: afterwards it hands it out again. */
const recordWithinMs = 20 * second;

async function record(
  { server, path }: Listening,
  { market, conversationId, receipt }: Delivery,
  came: object,
): Promise<Pick<Done, "recorded" | "unrecorded">> {
  const body = () => ({ market, conversationId, receipt, ...came });
  const until = AbortSignal.timeout(recordWithinMs);
  try {
    const recorded = await server.ask<Recorded>(`${path}/record`, body, { withinMs: recordWithinMs, until });
    return { recorded, unrecorded: null };
  } catch (error) {
    if (error instanceof GivenUp)
      return { recorded: null, unrecorded: "The server did not learn of it: it comes again." };
    if (error instanceof Conflict) return { recorded: null, unrecorded: "It took too long: it comes again." };
    throw error;
  }
}

function print({ options, lines, to }: Listening, done: Done): void {
  const at = new Date();
  const line = options.json === true ? asJson(done, to, at) : lines.of(done, at);
  process.stdout.write(`${line}\n`);
  if (options.printBody === true && options.json !== true) {
    const body = JSON.stringify(JSON.parse(done.delivery.body), null, 2);
    process.stdout.write(`${paint("quiet", readable(body).replaceAll(/^/gm, "    "))}\n`);
  }
}

function judge(done: Done | null): void {
  if (done === null) throw new Interrupted();
  const { recorded, unrecorded } = done;
  if (recorded === null) throw new Refused(unrecorded ?? "");
  if (recorded.failure !== null) throw new Refused(`It was not acknowledged. ${recorded.failure}`);
}

/** Notices stand beside the answers, so that those can be piped. */
const dim = (text: string): string => paint("quiet", text, process.stderr);
const hint = (text: string): string => paint("hint", text, process.stderr);

function hello({ application: id, name, waiting }: Standing, to: string): void {
  report(`Listening for application ${id} (${name}), forwarding to ${hint(to)}`);
  report(dim("Its calls are acknowledged at once from now on, and their results come here."));
  report(`${dim("What they are signed with:")} ${hint(`${called} keys secret ${id}`)}`);
  if (waiting > 0) report(`${waiting} waited.`);
  report(dim("Ctrl-C stops it."));
}

function goodbye({ application }: Options, id: string): void {
  const which = application === undefined ? "" : ` --application ${id}`;
  report("Stopped. Results wait from now on, for the next listen.");
  report(`${dim("To end that:")} ${hint(`${called} listen --end${which}`)}`);
}

function sayGone(why: string | null): void {
  const at = dim(new Date().toTimeString().slice(0, 8));
  if (why === null) report(`${paint("good", "✔", process.stderr)} ${at}  The server is back.`);
  else report(`${paint("warn", "!", process.stderr)} ${at}  The server is gone (${why}). Waiting for it …`);
}

/** The first interruption lets the one in hand finish. One that comes later, and not from npm beside the first, ends it. */
function onInterruption(stop: () => void): void {
  const { signal } = interruption;
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop, { once: true });
  let firstAt: number | null = null;
  const again = (): void => {
    firstAt ??= performance.now();
    if (performance.now() - firstAt > second) process.exit(130);
  };
  process.on("SIGINT", again);
  process.on("SIGTERM", again);
}
