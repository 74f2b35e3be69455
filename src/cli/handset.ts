/**
 * `pesarail handset`: a customer's phone from the terminal. It answers the prompt on the screen in its owner's
 * place, says how the handset shall behave, and shows what it shows.
 */
import { randomInt } from "node:crypto";
import { Argument, type Command } from "commander";
import { marketNames, type Market } from "../money.ts";
import { duration } from "../setting.ts";
import { second } from "../clock.ts";
import * as read from "./arguments.ts";
import { explain } from "./called.ts";
import { offering } from "./completing.ts";
import { exitCodes, Misused, Refused } from "./command-error.ts";
import {
  askServer,
  doorOf,
  NotThere,
  readSandbox,
  withControlOptions,
  type ControlOptions,
} from "./control-client.ts";
import { answer } from "./desk.ts";
import { handsetInWords, messagesInWords, type Handset } from "./handset-words.ts";
import { handsetPage, marketOf, marketOption, msisdnOf } from "./people.ts";
import { listing, localTime, moneyOf } from "./table.ts";
import { paint, sign } from "./terminal.ts";

/** What is said to the prompt on the screen. */
const sayings = ["approve", "decline", "wrong-pin"] as const;

/** How it behaves from now on, as the control API calls it. */
const behaviours = {
  ask: "ask",
  off: "off",
  "no-signal": "no_signal",
  slow: "slow",
  late: "late",
  "loses-signal": "loses_signal",
  ignore: "ignore",
} as const;

const looks = ["messages", "unlock"] as const;

export const handsetWords: readonly string[] = [...sayings, ...Object.keys(behaviours), ...looks];

const says = `Without a word it shows the handset. The words:

  approve, decline        answer the prompt on the screen; with --always, every prompt from now on, at once
  wrong-pin               type a wrong PIN; the third in a row locks the handset
  ask                     ask a person again
  off, no-signal, ignore  give no answer, until another word; the prompt expires
  slow, late              approve by itself: after --delay, or five seconds too late
  loses-signal            take the PIN, and then lose the signal
  messages                what it received
  unlock                  forget wrong PINs

docs/handsets.md says what the caller of the payment sees.`;

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
    .description("answer on a customer's phone, tell it how to behave, read its messages")
    .addArgument(offering(new Argument("[msisdn]", "the number, such as 255750000006"), "handsets"))
    .addArgument(new Argument("[word]", "what to do").choices(handsetWords))
    .addOption(marketOption("the market, where the number does not tell it"))
    .option("--wait [time]", "wait for a prompt to arrive: 30s at most, and if nothing is said")
    .option("--pin <digits>", "approve with this PIN, checked like a person's")
    .option("--always", "approve or decline every prompt from now on, without the handset")
    .option("--delay <time>", "how long a slow handset takes, such as 20s")
    .action((msisdn: string | undefined, word: string | undefined, options: Options) =>
      work(msisdn, word, options),
    );
  addList(handset);
  addNew(handset);
  withControlOptions(handset);
  explain(
    handset,
    says,
    "handset list",
    "handset 255750000006",
    "handset 255750000006 approve --wait",
    "handset 255750000006 slow --delay 40s",
    "handset 255750000006 messages",
    "handset new 255750004711 --pin 2580 --balance 5000.00",
  );
}

async function work(number: string | undefined, word: string | undefined, options: Options): Promise<void> {
  if (number === undefined) throw new Misused("Whose handset? handset list has them.");
  const msisdn = msisdnOf(number);
  const at: At = { options, msisdn, market: marketOf(msisdn, options.market) };
  refuseIdle(word, options);
  if (word === undefined) return show(at);
  if (word === "messages") return messages(at);
  if (word === "unlock") return behave(at, { unlock: true }, "has three tries again");
  const behaviour = (behaviours as Readonly<Record<string, string>>)[word];
  if (behaviour !== undefined)
    return behave(at, { answer: behaviour, ...delayed(options) }, turns[word] ?? word);
  if (options.always === true) return behave(at, { answer: word }, `${word}s whatever comes, at once`);
  return say(at, word);
}

interface At {
  readonly options: Options;
  readonly msisdn: string;
  readonly market: Market;
}

/** An option that its word has no use for is a slip, and would be taken for something done. */
function refuseIdle(word: string | undefined, { always, delay, pin, wait }: Options): void {
  const answers = word !== undefined && (sayings as readonly string[]).includes(word);
  const idle = [
    always === true && !(answers && word !== "wrong-pin") ? "--always" : [],
    delay !== undefined && word !== "slow" ? "--delay" : [],
    pin !== undefined && word !== "approve" ? "--pin" : [],
    wait !== undefined && (!answers || always === true) ? "--wait" : [],
  ].flat();
  if (idle.length > 0) throw new Misused(`${idle.join(", ")} and ${word ?? "no word"} do not go together.`);
}

const turns: Readonly<Record<string, string>> = {
  ask: "asks its owner",
  off: "is off",
  "no-signal": "has no signal",
  slow: "approves by itself, after a while",
  late: "approves by itself, too late",
  "loses-signal": "loses its signal after the PIN",
  ignore: "ignores whatever comes",
};

function delayed({ delay }: Options): { delaySeconds?: number } {
  return delay === undefined ? {} : { delaySeconds: secondsIn(delay, "--delay", 3600) };
}

function secondsIn(text: string, name: string, most: number): number {
  const seconds = /^\d{1,6}[smhd]$/.test(text) ? duration()(text, name) / second : NaN;
  if (seconds <= most) return seconds;
  throw new Misused(`${name} is a time up to ${most}s, such as 20s.`);
}

const pathOf = ({ market, msisdn }: At): string => `/markets/${market}/handsets/${msisdn}`;

interface Said {
  readonly transactionId: string;
  readonly outcome: "accepted" | "wrong_pin" | "locked";
  readonly left?: number;
  readonly until?: string;
}

/** Longer than this the control API does not wait. */
const waitMostSeconds = 30;

async function say(at: At, word: string): Promise<void> {
  const { options } = at;
  const { wait } = options;
  const pin = word === "wrong-pin" ? await wrongPin(at) : options.pin;
  const said = await hinting(wait, options, `${pathOf(at)}/answer`, {
    says: word === "decline" ? "decline" : "approve",
    ...(pin === undefined ? {} : { pin }),
    ...(wait === undefined
      ? {}
      : { waitSeconds: wait === true ? waitMostSeconds : secondsIn(wait, "--wait", waitMostSeconds) }),
  });
  answer(options, said, saidInWords(word, said));
  const asWished = word === "wrong-pin" ? said.outcome !== "accepted" : said.outcome === "accepted";
  if (!asWished) process.exitCode = exitCodes.refused;
}

/** Who did not wait may have been too early. */
async function hinting(wait: Options["wait"], options: Options, path: string, body: object): Promise<Said> {
  try {
    return await askServer<Said>(options, "POST", path, body);
  } catch (error) {
    if (!(error instanceof Refused) || error instanceof NotThere || wait !== undefined) throw error;
    throw new Refused(`${error.message} (--wait waits for one to arrive.)`, { cause: error });
  }
}

/** A PIN that is not this handset's, as far as anybody knows: PINs of others cannot be read, so it has six random digits. */
async function wrongPin({ options, market, msisdn }: At): Promise<string> {
  const { handsets } = (await readSandbox(options)).markets[market];
  const right = handsets.find((handset) => handset.msisdn === msisdn)?.pin;
  const wrong = String(randomInt(1_000_000)).padStart(6, "0");
  return wrong === right ? "0000" : wrong;
}

function saidInWords(word: string, { transactionId, outcome, left, until }: Said): string {
  const payment = paint("strong", transactionId);
  if (outcome === "wrong_pin")
    return `${sign("warn")} The PIN is wrong, ${left === 1 ? "one try is" : `${left} tries are`} left; ${payment} is still open.`;
  if (outcome === "locked")
    return `${sign("bad")} The handset is locked until ${until === undefined ? "later" : localTime(until)}.`;
  return word === "decline" ? `${sign("warn")} Declined ${payment}.` : `${sign("good")} Approved ${payment}.`;
}

async function behave(at: At, change: object, how: string): Promise<void> {
  const changed = await changedAt(at, change);
  const { firstName, lastName, msisdn } = changed;
  answer(at.options, changed, `The handset of ${firstName} ${lastName} (${msisdn}) ${how}.`);
}

/** Who has no handset gets one, where the change says how they answer from now on. */
async function changedAt(
  at: At,
  change: object,
): Promise<Pick<Handset, "msisdn" | "firstName" | "lastName">> {
  try {
    return await askServer(at.options, "PATCH", pathOf(at), change);
  } catch (error) {
    if (!(error instanceof NotThere) || !("answer" in change)) throw error;
    const path = `/markets/${at.market}/customers/${at.msisdn}`;
    const { answer: answers } = change;
    return askServer(at.options, "PATCH", path, { answer: answers });
  }
}

async function show(at: At): Promise<void> {
  const shown = await askServer<Handset>(at.options, "GET", pathOf(at));
  const gateway = doorOf(at.options).url.replace(/\/control\/v1$/, "");
  const page = handsetPage({ gateway }, at.market, at.msisdn);
  answer(at.options, { ...shown, market: at.market, page }, handsetInWords(shown, at.market, page));
}

async function messages(at: At): Promise<void> {
  const shown = await askServer<Handset>(at.options, "GET", pathOf(at));
  answer(at.options, shown.messages, messagesInWords(shown));
}

function addList(handset: Command): void {
  withControlOptions(handset.command("list"))
    .description("list the handsets, of one market or of all")
    .addOption(marketOption("only this market's"))
    .action((_own: Options, command: Command) => list(command.optsWithGlobals<Options>()));
}

type Listed = Pick<Handset, "msisdn" | "firstName" | "lastName" | "answer" | "delaySeconds">;

async function list(options: Options): Promise<void> {
  const { gateway } = await readSandbox(options);
  const wanted = options.market === undefined ? marketNames : [options.market];
  const found = await Promise.all(
    wanted.map(async (market) => {
      const { handsets } = await askServer<{ handsets: readonly Listed[] }>(
        options,
        "GET",
        `/markets/${market}/handsets?limit=1000`,
      );
      return handsets.map((each) => ({
        market,
        ...each,
        page: handsetPage({ gateway }, market, each.msisdn),
      }));
    }),
  );
  const rows = found
    .flat()
    .map((each) => [
      each.market,
      each.msisdn,
      `${each.firstName} ${each.lastName}`,
      each.answer.replaceAll("_", "-") + (each.answer === "slow" ? ` (${each.delaySeconds} s)` : ""),
      paint("hint", each.page),
    ]);
  const columns = [
    { head: "market" },
    { head: "MSISDN" },
    { head: "owner", least: 8 },
    { head: "behaves" },
    { head: "page" },
  ] as const;
  answer(options, found.flat(), listing(columns, rows));
}

interface NewHandset extends Options {
  readonly firstName?: string;
  readonly lastName?: string;
  readonly balance?: string;
}

function addNew(handset: Command): void {
  withControlOptions(handset.command("new"))
    .description("give a number a handset, and a wallet if it is nobody's yet")
    .argument("<msisdn>", "the number")
    .addOption(marketOption("the market, where the number does not tell it"))
    .option("--pin <digits>", "its PIN: four to six digits (default: 1234)")
    .option("--first-name <text>", "the owner's", read.words)
    .option("--last-name <text>", "the owner's", read.words)
    .option("--balance <decimal>", "what is in a new wallet (default: nothing)")
    .action((number: string, _own: NewHandset, command: Command) =>
      create(number, command.optsWithGlobals()),
    );
}

async function create(number: string, options: NewHandset): Promise<void> {
  const msisdn = msisdnOf(number);
  const market = marketOf(msisdn, options.market);
  const { pin, firstName, lastName, balance } = options;
  const made = await askServer<{ created: boolean; handset: Handset }>(
    options,
    "POST",
    `/markets/${market}/handsets`,
    {
      msisdn,
      ...(pin === undefined ? {} : { pin }),
      ...(firstName === undefined ? {} : { firstName }),
      ...(lastName === undefined ? {} : { lastName }),
      ...(balance === undefined ? {} : { balance }),
    },
  );
  const { gateway, markets: facts } = await readSandbox(options);
  const page = handsetPage({ gateway }, market, msisdn);
  const whose = `${made.handset.firstName} ${made.handset.lastName} (${msisdn})`;
  const text = made.created
    ? `${whose} has a wallet with ${moneyOf(balance ?? "0.00", facts[market].currency)} and a handset: ${paint("hint", page)}`
    : `${whose} was registered before, and has a handset: ${paint("hint", page)}`;
  answer(options, { ...made, page }, text);
}
