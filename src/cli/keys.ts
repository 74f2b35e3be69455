/**
 * `pesarail keys`: what an integrator needs to begin, and applications of one's own with keys of their own.
 *
 * The keys are the sandbox's and move practice money, so they are shown whole. Live ones are `admin`'s.
 */
import type { Command } from "commander";
import { markets, type Market } from "../money.ts";
import { addApplicationKeys } from "./keys-applications.ts";
import { explain } from "./called.ts";
import { Misused } from "./command-error.ts";
import {
  askServer,
  doorOf,
  readSandbox,
  withControlOptions,
  type ControlOptions,
  type Sandbox,
} from "./control-client.ts";
import { answer } from "./desk.ts";
import { handsetPage, marketOption } from "./people.ts";
import { facts, indented, listing, moneyOf } from "./table.ts";
import { paint } from "./terminal.ts";

const says = `The seeded application may do everything in the sandbox. \`keys create\` makes one with limits of its own to
test with; its key is shown once.`;

interface Options extends ControlOptions {
  readonly market?: Market;
  readonly env?: true;
}

export function addKeys(program: Command): void {
  const keys = program
    .command("keys")
    .description("show the gateway, the keys and the people to begin with")
    .addOption(marketOption("one market's people, with their money"))
    .option("--env", "print shell exports, for eval")
    .action((options: Options) => show(options));
  withControlOptions(keys);
  explain(
    keys,
    says,
    "keys",
    "keys --market vodacomTZN",
    '$ eval "$(pesarail keys --env)"',
    'keys create "Night shop" --response-url http://127.0.0.1:3000/callback',
    "keys list",
  );
  addApplicationKeys(keys);
}

async function show(options: Options): Promise<void> {
  if (options.env === true && options.json === true)
    throw new Misused("--env and --json do not go together.");
  const sandbox = await readSandbox(options);
  const control = doorOf(options);
  if (options.env === true) {
    process.stdout.write(`${shellExports(sandbox, control, options.market ?? "vodacomTZN")}\n`);
    return;
  }
  const { market } = options;
  const data = { environment: "sandbox", ...sandbox, control };
  answer(
    options,
    data,
    market === undefined ? allInWords(sandbox) : await marketInWords(options, sandbox, market),
  );
}

function allInWords(sandbox: Sandbox): string {
  const rows = Object.entries(sandbox.markets).map(([name, { currency, customers, handsets }]) => [
    name,
    currency,
    customers[0] ?? "-",
    handsets[0]?.msisdn ?? "-",
    handsets[0]?.pin ?? "-",
  ]);
  const columns = ["market", "currency", "approves at once", "asks on a handset", "PIN"].map((head) => ({
    head,
  }));
  return [
    ...beginning(sandbox),
    listing(columns, rows),
    "",
    paint("quiet", "keys --market NAME shows the others of a market, and what they have."),
  ].join("\n");
}

function beginning(sandbox: Sandbox): string[] {
  return [
    facts([
      ["gateway", paint("hint", sandbox.gateway)],
      ["environment", "sandbox"],
      ["service provider code", `${sandbox.serviceProviderCode}   (it pays ${sandbox.receiverPartyCode})`],
      ["API key", paint("strong", sandbox.apiKey)],
    ]),
    paint("quiet", "public key"),
    sandbox.publicKey,
    "",
  ];
}

interface Customer {
  readonly msisdn: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly answer: string;
  readonly available: string;
  readonly currency: string;
}

async function marketInWords(options: Options, sandbox: Sandbox, market: Market): Promise<string> {
  const { country, currency, customers, handsets } = sandbox.markets[market];
  const pins = new Map(handsets.map(({ msisdn, pin }) => [msisdn, pin]));
  const people = [...customers, ...pins.keys()].map((msisdn) =>
    askServer<Customer>(options, "GET", `/markets/${market}/customers/${msisdn}`),
  );
  const rows = (await Promise.all(people)).map((person) => [
    person.msisdn,
    `${person.firstName} ${person.lastName}`,
    moneyOf(person.available, currency),
    person.answer.replaceAll("_", "-"),
    pins.get(person.msisdn) ?? "",
    pins.has(person.msisdn) ? paint("hint", handsetPage(sandbox, market, person.msisdn)) : "",
  ]);
  const columns = [
    { head: "MSISDN" },
    { head: "name" },
    { head: "has", right: true },
    { head: "answers" },
    { head: "PIN" },
    { head: "handset" },
  ] as const;
  return [
    ...beginning(sandbox),
    `${paint("strong", markets[market].name)}  ${market}, ${country}, ${currency}`,
    "",
    indented(listing(columns, rows)),
  ].join("\n");
}

function shellExports(sandbox: Sandbox, control: { url: string; token: string }, market: Market): string {
  const { country, currency, customers, handsets } = sandbox.markets[market];
  const variables = {
    GATEWAY: sandbox.gateway,
    ENVIRONMENT: "sandbox",
    MARKET: market,
    COUNTRY: country,
    CURRENCY: currency,
    API_KEY: sandbox.apiKey,
    PUBLIC_KEY: sandbox.publicKey,
    SERVICE_PROVIDER_CODE: sandbox.serviceProviderCode,
    RECEIVER_PARTY_CODE: sandbox.receiverPartyCode,
    MSISDN: customers[0] ?? "",
    HANDSET_MSISDN: handsets[0]?.msisdn ?? "",
    HANDSET_PIN: handsets[0]?.pin ?? "",
    CONTROL_URL: control.url,
    CONTROL_TOKEN: control.token,
  };
  return Object.entries(variables)
    .map(([name, value]) => `export PESARAIL_${name}=${quoted(value)}`)
    .join("\n");
}

/** A word as a shell takes it literally: what a server of somebody else's says is not run by eval. */
const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;
