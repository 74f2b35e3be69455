/** The options of `check-listener`, and how they become settings. */
import { Webhook } from "standardwebhooks";
import { Option, type Command } from "commander";
import { marketNames, type Market } from "../../../core/money.ts";
import type { Product } from "../../../protocols/openapi-v2/products.ts";
import { duration, webhookSecret } from "../../../config/parsers.ts";
import * as read from "../../terminal/option-parsers.ts";
import { UsageError, CommandFailed } from "../../terminal/exit-codes.ts";
import { readSandbox } from "../../control-client.ts";
import { abortController } from "../../context.ts";
import { createSeededRandom, newSeed } from "../../../listener-check/seeded-random.ts";
import { createSandboxPayments, type SandboxPayments } from "../../../listener-check/sandbox-payments.ts";
import { moneyCalls, calls } from "../../../listener-check/payments.ts";
import { defaultTimeouts, type Settings, type Hooks } from "./settings.ts";
import type { Hook } from "../../../listener-check/merchant-hooks.ts";
import { resolveAddresses, checkHookAddresses, fixedLookup } from "../../../listener-check/address-policy.ts";

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

const maxBatchSize = 1000;

/** The name of the option, what it is asked for, and what it does, for each of the developer's own tools. */
const hookDescriptions = {
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
        .argParser(parseCallNames),
    )
    .addOption(
      new Option("--secret <whsec>", "the application's callback secret: signs, and scores signatures").env(
        "PESARAIL_CALLBACK_SECRET",
      ),
    )
    .option("--many <number>", `how many to tell at once, up to ${maxBatchSize}`, read.wholeNumber, 100)
    .option("--seed <word>", "makes the references of an earlier run again")
    .option("--only <names>", "only these cases or scenarios, with commas between them", parseNames)
    .option("--i-own-this-listener", "the listener is mine, though it is on the open internet")
    .optionsGroup("Your own system (docs/check-listener.md has the contracts):");
  for (const [name, description] of Object.entries(hookDescriptions)) {
    command.option(
      `--${name}-url <url>`,
      `${description}${name === "state" ? "; GET, with {reference} in it" : "; POST"}`,
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

const parseCallNames = (text: string, previous: readonly Product[] = []): readonly Product[] => {
  const match = calls.find((call) => call === text);
  if (match === undefined) throw new UsageError(`--call ${text}: it is one of ${calls.join(", ")}.`);
  return previous.includes(match) ? previous : [...previous, match];
};

const parseNames = (text: string, previous: readonly string[] = []): readonly string[] => [
  ...previous,
  ...text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== ""),
];

/** The calls that a run is about. */
export function selectCalls({ call = ["c2bSingle"] }: Options): readonly [Product, ...Product[]] {
  const [first, ...rest] = call;
  if (first === undefined || !(moneyCalls as readonly Product[]).includes(first))
    throw new UsageError(`The first --call is one that moves money at once: ${moneyCalls.join(", ")}.`);
  return [first, ...rest];
}

export async function toSettings(url: string, options: Options): Promise<Settings> {
  const {
    market,
    many: batchSize,
    apiKey,
    seed = newSeed(),
    iOwnThisListener: isOwnListener = false,
  } = options;
  if (batchSize < 1 || batchSize > maxBatchSize)
    throw new UsageError(`--many is a number from 1 to ${maxBatchSize}.`);
  if (!/^[\w-]{1,64}$/.test(seed)) throw new UsageError("--seed is 1 to 64 letters, digits, - and _.");
  const hooks = toHooks(options);
  const addresses = await resolveAddresses(url, "URL", isOwnListener);
  await checkHookAddresses(Object.values(hooks) as (Hook | null)[], isOwnListener);
  // A CI without the secret sets its variable to nothing.
  const secret = options.secret === undefined || options.secret === "" ? null : options.secret;
  return {
    url,
    market,
    calls: selectCalls(options),
    random: createSeededRandom(seed),
    webhook: createWebhook(secret),
    secret,
    hooks,
    sandbox: hooks.query === null ? null : await findSandbox(options, market, apiKey),
    batchSize,
    timeouts: {
      ...defaultTimeouts,
      responseMs: parseTime(options.within, "--within"),
      recordsMs: parseTime(options.settle, "--settle"),
    },
    lookup: fixedLookup(addresses),
    addresses,
    signal: abortController.signal,
  };
}

function createWebhook(secret: string | null): Webhook | null {
  if (secret === null) return null;
  try {
    return new Webhook(webhookSecret(secret, "--secret"));
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}

function parseTime(text: string | undefined, option: string): number {
  try {
    return duration(1000)(text ?? "", option);
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}

function toHooks(options: Options): Hooks {
  const hooks = {
    state: toHook(options, "state", "state"),
    begin: toHook(options, "begin", "begin"),
    query: toHook(options, "query", "query"),
    giveUp: toHook(options, "giveUp", "give-up"),
    break: toHook(options, "break", "break"),
    fix: toHook(options, "mend", "mend"),
  };
  if (
    hooks.state !== null &&
    !hooks.state.value.includes("{reference}") &&
    !hooks.state.value.includes("PESARAIL_REFERENCE")
  )
    throw new UsageError(
      `${hooks.state.option} has no {reference} in it, so it cannot tell one payment from another.`,
    );
  if ((hooks.break === null) !== (hooks.fix === null))
    throw new UsageError("--break-… and --mend-… go together: what is broken has to be mended.");
  return hooks;
}

function toHook(options: Options, key: string, name: string): Hook | null {
  const { [`${key}Url` as const]: url, [`${key}Command` as const]: command } = options;
  if (url !== undefined && command !== undefined)
    throw new UsageError(`--${name}-url and --${name}-command do the same: give one of them.`);
  if (url !== undefined) return { option: `--${name}-url`, kind: "url", value: url };
  return command === undefined ? null : { option: `--${name}-command`, kind: "command", value: command };
}

/** The sandbox that is named, or the one that runs on DATA_DIR; null if there is none. */
async function findSandbox(
  { sandboxUrl: url, sandboxToken: token }: Options,
  market: Market,
  apiKey: string | undefined,
): Promise<SandboxPayments | null> {
  try {
    const sandbox = await readSandbox({
      ...(url !== undefined && { url }),
      ...(token !== undefined && { token }),
    });
    return createSandboxPayments(sandbox, market, apiKey);
  } catch (error) {
    if (url === undefined && error instanceof CommandFailed) return null;
    throw error;
  }
}
