/**
 * `pesarail handset`: uses a customer's handset from the terminal. It replies to the open prompt, sets how the
 * handset behaves, and shows its state and messages.
 */
import { randomInt } from "node:crypto";
import { Argument, type Command } from "commander";
import type { ControlArguments, ControlResult } from "../../../api/control/client.ts";
import { marketNames, markets, type Market } from "../../../core/markets.ts";
import { duration } from "../../../config/parsers.ts";
import { msPerSecond } from "../../../core/clock.ts";
import * as parse from "../../terminal/option-parsers.ts";
import { addHelp } from "../../terminal/usage.ts";
import { completeWith } from "../completion/values.ts";
import { exitCodes, UsageError, CommandFailed } from "../../terminal/exit-codes.ts";
import {
  callControl,
  controlEndpoint,
  NotFound,
  findSeededMarket,
  readSandbox,
  addControlOptions,
  type ControlOptions,
} from "../../control-client.ts";
import { printResult } from "../../terminal/print-result.ts";
import { formatHandset, formatMessages, type Handset } from "./handset-output.ts";
import { addHandsetPay } from "./handset-pay.ts";
import {
  handsetPageUrl,
  findMarket,
  createMarketOption,
  parseTypedMsisdn,
} from "../../terminal/market-options.ts";
import { renderTable, formatLocalTime, formatMoney } from "../../terminal/table.ts";
import { style, styledSymbol } from "../../terminal/styles.ts";

/** Replies to the open prompt. */
const replies = ["approve", "decline", "wrong-pin"] as const;

/** Handset behaviours, with their names in the control API. */
const behaviours = {
  ask: "ask",
  off: "off",
  "no-signal": "no_signal",
  slow: "slow",
  late: "late",
  "loses-signal": "loses_signal",
  ignore: "ignore",
} as const;

const views = ["messages", "unlock"] as const;

/** They need the shortcode of an organisation. */
const blockActions = ["block", "unblock"] as const;

export const handsetActions: readonly string[] = [
  ...replies,
  ...Object.keys(behaviours),
  ...views,
  ...blockActions,
];

const helpText = `Without an action, it shows the handset. The actions:

  approve, decline        reply to the open prompt; with --always, to every prompt from now on
  wrong-pin               enter a wrong PIN; the third in a row locks the handset
  ask                     wait for a person's reply again
  off, no-signal, ignore  never reply, so that prompts expire
  slow, late              approve automatically: after --delay, or five seconds too late
  loses-signal            accept the PIN, and then lose the signal
  messages                show the received messages
  unlock                  reset wrong PIN attempts
  block, unblock          refuse the requests of the organisation with the shortcode, or no longer

See docs/handsets.md for the response that each behaviour causes.`;

interface Options extends ControlOptions {
  readonly market?: Market;
  readonly wait?: string | true;
  readonly pin?: string;
  readonly always?: true;
  readonly delay?: string;
}

export function addHandset(program: Command): void {
  const handset = program
    .command("handset")
    .description("reply to prompts, set a handset's behaviour, read its messages")
    .addArgument(completeWith(new Argument("[msisdn]", "the number, such as 255750000006"), "handsets"))
    .addArgument(new Argument("[action]", "what to do").choices(handsetActions))
    .addArgument(new Argument("[shortcode]", "the organisation to block or unblock, such as 000000"))
    .addOption(createMarketOption("the market, if the number does not determine it"))
    .option("--wait [time]", "wait for a prompt (default 30s, which is also the maximum)")
    .option("--pin <digits>", "approve with this PIN, which is checked like a person's")
    .option("--always", "approve or decline every prompt from now on, without the handset")
    .option("--delay <time>", "delay of the slow behaviour, such as 20s")
    .action(
      (
        msisdn: string | undefined,
        action: string | undefined,
        shortcode: string | undefined,
        options: Options,
      ) => runHandset(msisdn, action, shortcode, options),
    );
  addList(handset);
  addNew(handset);
  addHandsetPay(handset);
  addControlOptions(handset);
  addHelp(
    handset,
    helpText,
    "handset list",
    "handset 255750000006",
    "handset 255750000006 approve --wait",
    "handset 255750000006 slow --delay 40s",
    "handset 255750000006 messages",
    "handset 255750000006 block 000000",
    "handset new 255750004711 --pin 2580 --balance 5000.00",
    "handset pay 254708374149 600984 --amount 150 --account POL-77",
  );
}

async function runHandset(
  number: string | undefined,
  action: string | undefined,
  shortcode: string | undefined,
  options: Options,
): Promise<void> {
  if (number === undefined)
    throw new UsageError("Give the handset's number. List the handsets with `handset list`.");
  const msisdn = parseTypedMsisdn(number, options.market);
  const target: HandsetTarget = { options, msisdn, market: findMarket(msisdn, options.market) };
  rejectUnusedOptions(action, options);
  if (action === "block" || action === "unblock") return changeBlock(target, action, shortcode);
  if (shortcode !== undefined) throw new UsageError(`${action ?? "No action"} takes no shortcode.`);
  if (action === undefined) return printHandset(target);
  if (action === "messages") return printMessages(target);
  if (action === "unlock") return changeBehaviour(target, { unlock: true }, "has three PIN attempts again");
  const behaviour = (behaviours as Readonly<Record<string, HandsetChange["answer"]>>)[action];
  if (behaviour !== undefined)
    return changeBehaviour(
      target,
      { answer: behaviour, ...toDelay(options) },
      behaviourDescriptions[action] ?? action,
    );
  if (options.always === true)
    return changeBehaviour(
      target,
      { answer: action === "decline" ? "decline" : "approve" },
      `${action}s every prompt automatically`,
    );
  return sendReply(target, action);
}

interface HandsetTarget {
  readonly options: Options;
  readonly msisdn: string;
  readonly market: Market;
}

/** An option that does not apply to the action is probably a mistake, so it is rejected. */
function rejectUnusedOptions(action: string | undefined, { always, delay, pin, wait }: Options): void {
  const isReply = action !== undefined && (replies as readonly string[]).includes(action);
  const unused = [
    always === true && !(isReply && action !== "wrong-pin") ? "--always" : [],
    delay !== undefined && action !== "slow" ? "--delay" : [],
    pin !== undefined && action !== "approve" ? "--pin" : [],
    wait !== undefined && (!isReply || always === true) ? "--wait" : [],
  ].flat();
  if (unused.length > 0)
    throw new UsageError(`${unused.join(", ")} cannot be used with ${action ?? "no action"}.`);
}

const behaviourDescriptions: Readonly<Record<string, string>> = {
  ask: "waits for its owner's reply",
  off: "is off",
  "no-signal": "has no signal",
  slow: "approves automatically, after a delay",
  late: "approves automatically, too late",
  "loses-signal": "loses its signal after the PIN",
  ignore: "ignores all prompts",
};

function toDelay({ delay }: Options): { delaySeconds?: number } {
  return delay === undefined ? {} : { delaySeconds: parseSeconds(delay, "--delay", 3600) };
}

function parseSeconds(text: string, name: string, maxSeconds: number): number {
  const seconds = /^\d{1,6}[smhd]$/.test(text) ? duration()(text, name) / msPerSecond : NaN;
  if (seconds <= maxSeconds) return seconds;
  throw new UsageError(`${name} must be a time up to ${maxSeconds}s, such as 20s.`);
}

const toParams = ({ market, msisdn }: HandsetTarget) => ({ market, msisdn });

type Reply = ControlArguments<"POST /markets/{market}/handsets/{msisdn}/answer">["body"];
type ReplyResult = ControlResult<"POST /markets/{market}/handsets/{msisdn}/answer">;
type HandsetChange = ControlArguments<"PATCH /markets/{market}/handsets/{msisdn}">["body"];

/** The control API's limit. */
const maxWaitSeconds = 30;

async function sendReply(target: HandsetTarget, action: string): Promise<void> {
  const { options } = target;
  const { wait } = options;
  const pin = action === "wrong-pin" ? await chooseWrongPin(target) : options.pin;
  const result = await postReply(target, {
    says: action === "decline" ? "decline" : "approve",
    ...(pin === undefined ? {} : { pin }),
    ...(wait === undefined
      ? {}
      : { waitSeconds: wait === true ? maxWaitSeconds : parseSeconds(wait, "--wait", maxWaitSeconds) }),
  });
  printResult(options, result, formatReplyResult(action, result));
  const succeeded = action === "wrong-pin" ? result.outcome !== "accepted" : result.outcome === "accepted";
  if (!succeeded) process.exitCode = exitCodes.failed;
}

/** Suggests `--wait`, because the prompt may not have arrived yet. */
async function postReply(target: HandsetTarget, body: Reply): Promise<ReplyResult> {
  const { options } = target;
  try {
    const params = toParams(target);
    return await callControl(options, "POST /markets/{market}/handsets/{msisdn}/answer", { params, body });
  } catch (error) {
    if (!(error instanceof CommandFailed) || error instanceof NotFound || options.wait !== undefined)
      throw error;
    throw new CommandFailed(`${error.message} (To wait for one, add --wait.)`, { cause: error });
  }
}

/**
 * A wrong PIN. The correct one is known only for seeded handsets; for others, six random digits are almost
 * certainly wrong.
 */
async function chooseWrongPin({ options, market, msisdn }: HandsetTarget): Promise<string> {
  const handsets = (await findSeededMarket(options, market))?.handsets;
  const correctPin = handsets?.find((handset) => handset.msisdn === msisdn)?.pin;
  const wrong = String(randomInt(1_000_000)).padStart(6, "0");
  return wrong === correctPin ? "0000" : wrong;
}

function formatReplyResult(
  action: string,
  { transactionId, outcome, left: attemptsLeft, until }: ReplyResult,
): string {
  const payment = style("strong", transactionId);
  if (outcome === "wrong_pin")
    return `${styledSymbol("warn")} The PIN is wrong, ${attemptsLeft === 1 ? "one attempt is" : `${attemptsLeft} attempts are`} left; ${payment} is still open.`;
  if (outcome === "locked")
    return `${styledSymbol("bad")} The handset is locked until ${until === undefined ? "later" : formatLocalTime(until)}.`;
  return action === "decline"
    ? `${styledSymbol("warn")} Declined ${payment}.`
    : `${styledSymbol("good")} Approved ${payment}.`;
}

async function changeBehaviour(
  target: HandsetTarget,
  change: HandsetChange,
  description: string,
): Promise<void> {
  const changed = await patchHandset(target, change);
  const { firstName, lastName, msisdn } = changed;
  printResult(target.options, changed, `The handset of ${firstName} ${lastName} (${msisdn}) ${description}.`);
}

async function changeBlock(
  target: HandsetTarget,
  action: (typeof blockActions)[number],
  shortcode: string | undefined,
): Promise<void> {
  if (shortcode === undefined)
    throw new UsageError(`Give the organisation's shortcode: handset ${target.msisdn} ${action} 000000.`);
  const request = { params: toParams(target), body: { shortcode } };
  const { options } = target;
  const handset =
    action === "block"
      ? await callControl(options, "POST /markets/{market}/handsets/{msisdn}/block", request)
      : await callControl(options, "POST /markets/{market}/handsets/{msisdn}/unblock", request);
  const owner = `${handset.firstName} ${handset.lastName} (${target.msisdn})`;
  const text =
    action === "block"
      ? `${owner} has blocked ${shortcode}: its collections, mandates and debits are refused.`
      : `${owner} has unblocked ${shortcode}.`;
  printResult(options, handset, text);
}

/** Changes the behaviour. A customer without a handset gets one if the change sets how prompts are answered. */
async function patchHandset(
  target: HandsetTarget,
  change: HandsetChange,
): Promise<Pick<Handset, "msisdn" | "firstName" | "lastName">> {
  const { options } = target;
  const params = toParams(target);
  try {
    return await callControl(options, "PATCH /markets/{market}/handsets/{msisdn}", { params, body: change });
  } catch (error) {
    const { answer } = change;
    if (!(error instanceof NotFound) || answer === undefined) throw error;
    return callControl(options, "PATCH /markets/{market}/customers/{msisdn}", { params, body: { answer } });
  }
}

const readHandset = (target: HandsetTarget): Promise<Handset> =>
  callControl(target.options, "GET /markets/{market}/handsets/{msisdn}", { params: toParams(target) });

async function printHandset(target: HandsetTarget): Promise<void> {
  const handset = await readHandset(target);
  const gateway = controlEndpoint(target.options).url.replace(/\/control\/v1$/, "");
  const page = handsetPageUrl({ gateway }, target.market, target.msisdn);
  printResult(
    target.options,
    { ...handset, market: target.market, page },
    formatHandset(handset, target.market, page),
  );
}

async function printMessages(target: HandsetTarget): Promise<void> {
  const handset = await readHandset(target);
  printResult(target.options, handset.messages, formatMessages(handset));
}

function addList(handset: Command): void {
  addControlOptions(handset.command("list"))
    .description("list the handsets of one market or of all")
    .addOption(createMarketOption("only this market"))
    .action((_own: Options, command: Command) => listHandsets(command.optsWithGlobals<Options>()));
}

async function listHandsets(options: Options): Promise<void> {
  const { gateway } = await readSandbox(options);
  const selectedMarkets = options.market === undefined ? marketNames : [options.market];
  const handsetsByMarket = await Promise.all(
    selectedMarkets.map(async (market) => {
      const { handsets } = await callControl(options, "GET /markets/{market}/handsets", {
        params: { market },
        query: { limit: "1000" },
      });
      return handsets.map((handset) => ({
        market,
        ...handset,
        page: handsetPageUrl({ gateway }, market, handset.msisdn),
      }));
    }),
  );
  const rows = handsetsByMarket
    .flat()
    .map((handset) => [
      handset.market,
      handset.msisdn,
      `${handset.firstName} ${handset.lastName}`,
      handset.answer.replaceAll("_", "-") + (handset.answer === "slow" ? ` (${handset.delaySeconds} s)` : ""),
      style("hint", handset.page),
    ]);
  const columns = [
    { head: "market" },
    { head: "MSISDN" },
    { head: "owner", minWidth: 8 },
    { head: "behaves" },
    { head: "page" },
  ] as const;
  printResult(options, handsetsByMarket.flat(), renderTable(columns, rows));
}

interface NewHandset extends Options {
  readonly firstName?: string;
  readonly lastName?: string;
  readonly balance?: string;
}

function addNew(handset: Command): void {
  addControlOptions(handset.command("new"))
    .description("create a handset, and register its customer if necessary")
    .argument("<msisdn>", "the number")
    .addOption(createMarketOption("the market, if the number does not determine it"))
    .option("--pin <digits>", "the PIN: four to six digits (default: 1234)")
    .option("--first-name <text>", "the owner's first name", parse.shortText)
    .option("--last-name <text>", "the owner's last name", parse.shortText)
    .option("--balance <decimal>", "the opening balance of a new wallet (default: 0)")
    .action((number: string, _own: NewHandset, command: Command) =>
      createHandset(number, command.optsWithGlobals()),
    );
}

async function createHandset(number: string, options: NewHandset): Promise<void> {
  const msisdn = parseTypedMsisdn(number, options.market);
  const market = findMarket(msisdn, options.market);
  const { pin, firstName, lastName, balance } = options;
  const created = await callControl(options, "POST /markets/{market}/handsets", {
    params: { market },
    body: {
      msisdn,
      ...(pin === undefined ? {} : { pin }),
      ...(firstName === undefined ? {} : { firstName }),
      ...(lastName === undefined ? {} : { lastName }),
      ...(balance === undefined ? {} : { balance }),
    },
  });
  const { gateway } = await readSandbox(options);
  const page = handsetPageUrl({ gateway }, market, msisdn);
  const owner = `${created.handset.firstName} ${created.handset.lastName} (${msisdn})`;
  const text = created.created
    ? `Registered ${owner} with a balance of ${formatMoney(balance ?? "0.00", markets[market].currency)} and a handset: ${style("hint", page)}`
    : `${owner} was already registered. The handset: ${style("hint", page)}`;
  printResult(options, { ...created, page }, text);
}
