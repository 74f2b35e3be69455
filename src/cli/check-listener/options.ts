/** The options of `check-listener`, and how they become settings. */
import { Webhook } from "standardwebhooks";
import { Option, type Command } from "commander";
import { marketNames, type Market } from "../../money.ts";
import type { Product } from "../../payments/products.ts";
import { duration, webhookSecret } from "../../setting.ts";
import * as read from "../arguments.ts";
import { Misused, Refused } from "../command-error.ts";
import { readSandbox } from "../control-client.ts";
import { interruption } from "../run.ts";
import { chanceOf, newSeed } from "./chance.ts";
import { inSandbox, type InSandbox } from "./in-sandbox.ts";
import { bookable, calls } from "./payments.ts";
import { usualPatience, type Settings, type Tools } from "./settings.ts";
import type { Tool } from "./tools.ts";
import { addressesOf, lookAtTools, pinned } from "./where.ts";

export interface Options extends Readonly<Record<`${string}Url` | `${string}Command`, string | undefined>> {
  readonly market: Market;
  readonly call?: readonly Product[];
  readonly secret?: string;
  readonly apiKey?: string;
  readonly sandboxToken?: string;
  readonly seed?: string;
  readonly many: number;
  readonly within?: string;
  readonly settle?: string;
  readonly only?: readonly string[];
  readonly list?: true;
  readonly strict?: true;
  readonly verbose?: true;
  readonly json?: true;
  readonly junit?: string;
  readonly iOwnThisListener?: true;
}

const manyMax = 1000;

/** The name of the option, what it is asked for, and what it does, for each of the developer's own tools. */
const tools = {
  state: "shows the records of a payment",
  begin: "has your system ask for a payment, so that it expects the result",
  query: "has your system ask for a payment's status",
  "give-up": "has your system give up on a payment, as it does when nothing is heard",
  break: "breaks what the listener needs to book",
  mend: "mends it again",
} as const;

export function addOptions(command: Command): Command {
  command
    .optionsGroup("What is sent:")
    .addOption(
      new Option("--market <name>", "the market")
        .choices(marketNames)
        .argParser(read.market)
        .default("vodacomTZN"),
    )
    .addOption(
      new Option(
        "--call <name>",
        "whose results the listener hears, the most important first; may be repeated",
      )
        .choices(calls)
        .argParser(callNames),
    )
    .addOption(
      new Option("--secret <whsec>", "the application's callback secret: signs, and scores signatures").env(
        "PESARAIL_CALLBACK_SECRET",
      ),
    )
    .option("--many <number>", `how many to tell at once, up to ${manyMax}`, read.wholeNumber, 100)
    .option("--seed <word>", "makes the references of an earlier run again")
    .option("--only <names>", "only these cases or scenarios, with commas between them", names)
    .option("--i-own-this-listener", "the listener is mine, though it is on the open internet")
    .optionsGroup("Your own system (docs/check-listener.md has the contracts):");
  for (const [name, does] of Object.entries(tools)) {
    command.option(
      `--${name}-url <url>`,
      `${does}${name === "state" ? "; GET, with {reference} in it" : "; POST"}`,
    );
    command.option(`--${name}-command <line>`, "the same, by a line of shell");
  }
  return command
    .option(
      "--sandbox-url <url>",
      "the control API of the sandbox that --query-… asks (default: the one of DATA_DIR)",
    )
    .option("--sandbox-token <token>", "its control token")
    .option("--api-key <key>", "the API key that your system asks with (default: the sandbox's own)")
    .optionsGroup("Patience:")
    .option("--within <time>", "for an answer; production waits so long", "15s")
    .option("--settle <time>", "until the records show what they should", "5s")
    .optionsGroup("The report:")
    .option("--verbose", "the evidence of every case")
    .option("--strict", "a warning is a failure")
    .option("--json", "print JSON and nothing else")
    .option("--junit <file>", "write JUnit XML besides")
    .option("--list", "list the cases, and send nothing");
}

const callNames = (text: string, before: readonly Product[] = []): readonly Product[] => {
  const found = calls.find((call) => call === text);
  if (found === undefined) throw new Misused(`--call ${text}: it is one of ${calls.join(", ")}.`);
  return before.includes(found) ? before : [...before, found];
};

const names = (text: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  ...text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== ""),
];

/** The calls that a run is about. */
export function callsOf({ call = ["c2bSingle"] }: Options): readonly [Product, ...Product[]] {
  const [first, ...rest] = call;
  if (first === undefined || !(bookable as readonly Product[]).includes(first))
    throw new Misused(`The first --call is one that moves money at once: ${bookable.join(", ")}.`);
  return [first, ...rest];
}

export async function settingsOf(url: string, options: Options): Promise<Settings> {
  const { market, many, apiKey, seed = newSeed(), iOwnThisListener: own = false } = options;
  if (many < 1 || many > manyMax) throw new Misused(`--many is a number from 1 to ${manyMax}.`);
  if (!/^[\w-]{1,64}$/.test(seed)) throw new Misused("--seed is 1 to 64 letters, digits, - and _.");
  const given = toolsOf(options);
  const addresses = await addressesOf(url, "URL", own);
  await lookAtTools(Object.values(given) as (Tool | null)[], own);
  // A CI without the secret sets its variable to nothing.
  const secret = options.secret === undefined || options.secret === "" ? null : options.secret;
  return {
    url,
    market,
    calls: callsOf(options),
    chance: chanceOf(seed),
    webhook: webhookOf(secret),
    secret,
    tools: given,
    sandbox: given.query === null ? null : await sandboxOf(options, market, apiKey),
    many,
    patience: {
      ...usualPatience,
      withinMs: time(options.within, "--within"),
      settleMs: time(options.settle, "--settle"),
    },
    lookup: pinned(addresses),
    addresses,
    signal: interruption.signal,
  };
}

function webhookOf(secret: string | null): Webhook | null {
  if (secret === null) return null;
  try {
    return new Webhook(webhookSecret(secret, "--secret"));
  } catch (error) {
    throw new Misused((error as Error).message, { cause: error });
  }
}

function time(text: string | undefined, option: string): number {
  try {
    return duration(1000)(text ?? "", option);
  } catch (error) {
    throw new Misused((error as Error).message, { cause: error });
  }
}

function toolsOf(options: Options): Tools {
  const made = {
    state: toolOf(options, "state", "state"),
    begin: toolOf(options, "begin", "begin"),
    query: toolOf(options, "query", "query"),
    giveUp: toolOf(options, "giveUp", "give-up"),
    break: toolOf(options, "break", "break"),
    mend: toolOf(options, "mend", "mend"),
  };
  if (
    made.state !== null &&
    !made.state.value.includes("{reference}") &&
    !made.state.value.includes("PESARAIL_REFERENCE")
  )
    throw new Misused(
      `${made.state.option} has no {reference} in it, so it cannot tell one payment from another.`,
    );
  if ((made.break === null) !== (made.mend === null))
    throw new Misused("--break-… and --mend-… go together: what is broken has to be mended.");
  return made;
}

function toolOf(options: Options, key: string, name: string): Tool | null {
  const { [`${key}Url` as const]: url, [`${key}Command` as const]: command } = options;
  if (url !== undefined && command !== undefined)
    throw new Misused(`--${name}-url and --${name}-command do the same: give one of them.`);
  if (url !== undefined) return { option: `--${name}-url`, kind: "url", value: url };
  return command === undefined ? null : { option: `--${name}-command`, kind: "command", value: command };
}

/** The sandbox that is named, or the one that runs on DATA_DIR; null if there is none. */
async function sandboxOf(
  { sandboxUrl: url, sandboxToken: token }: Options,
  market: Market,
  apiKey: string | undefined,
): Promise<InSandbox | null> {
  try {
    const sandbox = await readSandbox({
      ...(url !== undefined && { url }),
      ...(token !== undefined && { token }),
    });
    return inSandbox(sandbox, market, apiKey);
  } catch (error) {
    if (url === undefined && error instanceof Refused) return null;
    throw error;
  }
}
