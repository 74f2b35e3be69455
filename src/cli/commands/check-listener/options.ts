/** The options of `check-listener`, and the settings that they result in. */
import { Webhook } from "standardwebhooks";
import { Option, type Command } from "commander";
import { marketNames, type Market } from "../../../core/markets.ts";
import type { ListenerChecks } from "../../../protocols/listener-checks.ts";
import { protocols } from "../../../protocols/registry.ts";
import { createProtocolOption, type ProtocolOptions } from "../../terminal/protocol-option.ts";
import { duration, webhookSecret } from "../../../config/parsers.ts";
import * as parse from "../../terminal/option-parsers.ts";
import { UsageError, CommandFailed } from "../../terminal/exit-codes.ts";
import { readProtocolSandbox } from "../../control-client.ts";
import { abortController } from "../../context.ts";
import { createSeededRandom, newSeed } from "../../../listener-check/seeded-random.ts";
import { createSandboxPayments, type SandboxPayments } from "../../../listener-check/sandbox-payments.ts";
import { measureParallelism } from "../../../listener-check/parallelism.ts";
import { defaultTimeouts, type CheckSettings, type Hooks } from "../../../listener-check/settings.ts";
import type { Hook } from "../../../listener-check/merchant-hooks.ts";
import { resolveAddresses, checkHookAddresses, fixedLookup } from "../../../listener-check/address-policy.ts";

export interface Options
  extends Readonly<Record<`${string}Url` | `${string}Command`, string | undefined>>, ProtocolOptions {
  readonly market?: Market;
  readonly call?: readonly string[];
  readonly callbackMethod?: string;
  readonly validationUrl?: string;
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

/** The calls of every protocol; those of the chosen one are checked when it is known. */
const callNames = protocols.flatMap(({ operations }) => operations.map(({ name }) => name));

/** The merchant hooks: option name and description. */
const hookDescriptions = {
  state: "shows the records of a payment",
  begin: "makes your system request a payment, so that it expects the result",
  query: "makes your system query a payment's status",
  "give-up": "makes your system give up on a payment, as it does without a callback",
  break: "breaks something that the listener needs for booking",
  mend: "repairs it",
} as const;

export function addOptions(command: Command): Command {
  addRequestOptions(command.optionsGroup("Requests:"));
  command.optionsGroup("Your own system (see docs/check-listener.md):");
  for (const [name, description] of Object.entries(hookDescriptions)) {
    command.option(
      `--${name}-url <url>`,
      `${description}${name === "state" ? "; GET, with {reference} in it" : "; POST"}`,
    );
    command.option(`--${name}-command <line>`, "the same, as a shell command");
  }
  return command
    .option(
      "--sandbox-url <url>",
      "control API of the sandbox that --query-… uses (default: the one of DATA_DIR)",
    )
    .option("--sandbox-token <token>", "its control token")
    .option("--api-key <key>", "the API key of your system in that sandbox (default: the seeded one)")
    .optionsGroup("Timeouts:")
    .option("--within <time>", "maximum response time; production allows 15s", "15s")
    .option("--settle <time>", "how long to wait for the expected records", "5s")
    .optionsGroup("Report:")
    .option("--verbose", "print the evidence of every case")
    .option("--strict", "treat warnings as failures")
    .option("--json", "print JSON only")
    .option("--junit <file>", "also write JUnit XML")
    .option("--list", "list the cases, and send nothing");
}

function addRequestOptions(command: Command): void {
  command
    .addOption(createProtocolOption())
    .addOption(
      new Option("--market <name>", "the market (default: vodacomTZN, or that of the protocol)")
        .choices(marketNames)
        .argParser(parse.market),
    )
    .addOption(
      new Option(
        "--call <name>",
        "an operation whose results the listener handles, the most important first; repeatable",
      )
        .choices(callNames)
        .argParser(parseCallNames),
    )
    .option("--callback-method <name>", "how the results are sent, for a call that has several ways")
    .addOption(
      new Option("--secret <whsec>", "the application's callback secret; needed for the signature cases").env(
        "PESARAIL_CALLBACK_SECRET",
      ),
    )
    .option(
      "--validation-url <url>",
      "where the listener is asked before a payment, on the same host; with a protocol that asks",
    )
    .option(
      "--many <number>",
      `number of payments to deliver at once, up to ${maxBatchSize}`,
      parse.wholeNumber,
      100,
    )
    .option("--seed <word>", "repeat a run with the same references")
    .option("--only <names>", "only these cases or scenarios, separated by commas", parseNames)
    .option("--i-own-this-listener", "confirm that the listener is yours, although its address is public");
}

const parseCallNames = (text: string, previous: readonly string[] = []): readonly string[] => {
  if (!callNames.includes(text))
    throw new UsageError(`--call ${text}: must be one of ${callNames.join(", ")}.`);
  return previous.includes(text) ? previous : [...previous, text];
};

const parseNames = (text: string, previous: readonly string[] = []): readonly string[] => [
  ...previous,
  ...text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== ""),
];

/** The case set of a run: that of its first call, and of the way in which results are sent. */
export function selectCaseSet(
  checks: ListenerChecks,
  { call = [checks.mainCall], callbackMethod }: Options,
): ListenerChecks {
  const sets = [checks, ...(checks.furtherSets ?? [])].filter(({ calls }) => calls.includes(call[0] ?? ""));
  const methods = sets.flatMap(({ callbackMethod: method }) => method ?? []);
  if (callbackMethod === undefined) return sets[0] ?? checks;
  const selected = sets.find(({ callbackMethod: method }) => method === callbackMethod);
  if (selected !== undefined) return selected;
  throw new UsageError(
    methods.length === 0
      ? `--callback-method ${callbackMethod}: this call has one way only, so omit the option.`
      : `--callback-method ${callbackMethod}: must be one of ${methods.join(", ")}.`,
  );
}

/** The calls of a run. Throws `UsageError` for a call that the case set does not have. */
export function selectCalls(
  { protocol, calls, moneyCalls, mainCall }: ListenerChecks,
  { call = [mainCall] }: Options,
): readonly [string, ...string[]] {
  const unknown = call.find((name) => !calls.includes(name));
  if (unknown !== undefined)
    throw new UsageError(
      `--call ${unknown}: ${protocol} has no callback of it, or in another form than those of ${calls[0] ?? ""}.`,
    );
  const [first, ...rest] = call;
  if (first === undefined || !moneyCalls.includes(first))
    throw new UsageError(
      `The first --call must be an operation that moves money at once: ${moneyCalls.join(", ")}.`,
    );
  return [first, ...rest];
}

export async function toSettings(
  url: string,
  checks: ListenerChecks,
  options: Options,
): Promise<CheckSettings> {
  const market = selectMarket(options);
  const { many: batchSize, seed = newSeed(), iOwnThisListener: isOwnListener = false } = options;
  if (batchSize < 1 || batchSize > maxBatchSize)
    throw new UsageError(`--many must be a number from 1 to ${maxBatchSize}.`);
  if (!/^[\w-]{1,64}$/.test(seed)) throw new UsageError("--seed must be 1 to 64 letters, digits, - and _.");
  const hooks = toHooks(options);
  const addresses = await resolveAddresses(url, "URL", isOwnListener);
  await checkHookAddresses(Object.values(hooks) as (Hook | null)[], isOwnListener);
  // A CI without the secret sets the variable to an empty string.
  const secret = options.secret === undefined || options.secret === "" ? null : options.secret;
  return {
    url,
    validationUrl: parseValidationUrl(url, options.validationUrl),
    market,
    checks,
    calls: selectCalls(checks, options),
    random: createSeededRandom(seed),
    webhook: createWebhook(secret),
    secret,
    hooks,
    sandbox: hooks.query === null ? null : await findSandbox(options, market),
    batchSize,
    measureParallelism,
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

function selectMarket({ market, protocol }: Options): Market {
  const { markets } = protocol;
  if (market !== undefined && !markets.includes(market))
    throw new UsageError(`--market ${market}: ${protocol.title} has only ${markets.join(", ")}.`);
  return market ?? (markets.includes("vodacomTZN") ? "vodacomTZN" : (markets[0] as Market));
}

/** The addresses of one host were checked, so both URLs must be on it. */
function parseValidationUrl(url: string, validationUrl: string | undefined): string | null {
  if (validationUrl === undefined) return null;
  if (URL.canParse(validationUrl) && new URL(validationUrl).origin === new URL(url).origin)
    return validationUrl;
  throw new UsageError(`--validation-url must be a URL on ${new URL(url).origin}.`);
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
      `${hooks.state.option} must contain {reference}, because it reads the records of one payment.`,
    );
  if ((hooks.break === null) !== (hooks.fix === null))
    throw new UsageError(
      "Give both --break-… and --mend-…, because the second repairs what the first breaks.",
    );
  return hooks;
}

function toHook(options: Options, key: string, name: string): Hook | null {
  const { [`${key}Url` as const]: url, [`${key}Command` as const]: command } = options;
  if (url !== undefined && command !== undefined)
    throw new UsageError(`Give either --${name}-url or --${name}-command.`);
  if (url !== undefined) return { option: `--${name}-url`, kind: "url", value: url };
  return command === undefined ? null : { option: `--${name}-command`, kind: "command", value: command };
}

/** The given sandbox, or the one that runs on DATA_DIR; null if there is none. */
async function findSandbox(options: Options, market: Market): Promise<SandboxPayments | null> {
  const { sandboxUrl: url, sandboxToken: token, apiKey, protocol } = options;
  const { signal } = abortController;
  try {
    const control = { ...(url !== undefined && { url }), ...(token !== undefined && { token }) };
    const { gateway, info, access, summary } = await readProtocolSandbox(control, protocol);
    return createSandboxPayments({
      msisdn: summary.markets[market]?.customers[0] ?? "",
      organisation: summary.organisation,
      connect: () => access.connect({ gateway, info, market, apiKey, signal }),
    });
  } catch (error) {
    if (url === undefined && error instanceof CommandFailed) return null;
    throw error;
  }
}
