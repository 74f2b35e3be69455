/** `pesarail keys create|list|renew|revoke|secret`: applications of the sandbox, each with a key of its own. */
import { Option, type Command } from "commander";
import { second } from "../clock.ts";
import { productNames, type Product } from "../payments/products.ts";
import * as read from "./arguments.ts";
import { askServer, withControlOptions, type ControlOptions } from "./control-client.ts";
import { answer } from "./desk.ts";
import { facts, listing, localTime } from "./table.ts";
import { paint } from "./terminal.ts";

interface Application {
  readonly id: string;
  readonly name: string;
  readonly apiKeyHint: string;
  readonly shortcodes: readonly string[] | null;
  readonly products: Readonly<Record<string, unknown>>;
  readonly responseUrl: string | null;
  readonly revoked: boolean;
}

interface WithKey extends Application {
  readonly apiKey: string;
}

interface Creation extends ControlOptions {
  readonly product?: readonly Product[];
  readonly shortcode?: readonly string[];
  readonly responseUrl?: string;
  readonly sessionLifetime?: number;
}

export function addApplicationKeys(keys: Command): void {
  addCreate(keys);
  withControlOptions(keys.command("list").description("list the sandbox's applications")).action(
    (_own: ControlOptions, command: Command) => list(command.optsWithGlobals()),
  );
  const one = (
    name: string,
    does: string,
    work: (options: ControlOptions & Rotation, id: bigint) => Promise<void>,
  ): Command =>
    withControlOptions(keys.command(name).description(does))
      .argument("<id>", "the application's number, as keys list has it", read.applicationId)
      .action((id: bigint, _own: ControlOptions, command: Command) => work(command.optsWithGlobals(), id));
  one("renew", "give an application another API key; the old one opens no session any more", renew);
  one("revoke", "end an application for ever, and its sessions with it", revoke);
  one("secret", "show what an application's callbacks are signed with", secret).option(
    "--rotate",
    "give it another; the one before signs along for a day",
  );
}

function addCreate(keys: Command): void {
  const product = new Option("--product <names...>", "the calls it may make (default: all)")
    .choices(productNames)
    .argParser(read.products);
  withControlOptions(
    keys.command("create").description("register an application, and show its API key, once"),
  )
    .argument("<name>", "what to call it", read.words)
    .option("--response-url <url>", "where results are told", read.webAddress)
    .addOption(product)
    .option("--shortcode <codes...>", "the organisations it acts for (default: all)", read.shortcodes)
    .option(
      "--session-lifetime <time>",
      "how long its sessions live: 60s to 30d (default: 24h)",
      read.sessionLifetime,
    )
    .action((name: string, _own: Creation, command: Command) => create(command.optsWithGlobals(), name));
}

async function create(options: Creation, name: string): Promise<void> {
  const { product, shortcode, responseUrl, sessionLifetime } = options;
  const made = await askServer<WithKey>(options, "POST", "/applications", {
    name,
    ...(product === undefined ? {} : { products: Object.fromEntries(product.map((each) => [each, {}])) }),
    ...(shortcode === undefined ? {} : { shortcodes: shortcode }),
    ...(responseUrl === undefined ? {} : { responseUrl }),
    ...(sessionLifetime === undefined ? {} : { sessionLifetimeSeconds: sessionLifetime / second }),
  });
  answer(options, made, keyInWords(made));
}

async function renew(options: ControlOptions, id: bigint): Promise<void> {
  const renewed = await askServer<WithKey>(options, "POST", `/applications/${id}/api-key`);
  answer(options, renewed, keyInWords(renewed));
}

function keyInWords({ id, name, apiKey }: WithKey): string {
  return `Application ${id} (${name}) has this API key, shown this once:\n${paint("strong", apiKey)}`;
}

async function revoke(options: ControlOptions, id: bigint): Promise<void> {
  await askServer(options, "DELETE", `/applications/${id}`);
  answer(options, { id, revoked: true }, `Application ${id} is revoked, and its sessions are over.`);
}

interface Rotation {
  readonly rotate?: true;
}

interface Secrets {
  readonly secret: string;
  readonly retiring: readonly { readonly secret: string; readonly retiresAt: string }[];
}

async function secret(options: ControlOptions & Rotation, id: bigint): Promise<void> {
  const path = `/applications/${id}/callback-secret`;
  const secrets =
    options.rotate === true
      ? await askServer<Secrets>(options, "POST", `${path}/rotate`, {})
      : await askServer<Secrets>(options, "GET", path);
  const lines = [
    ["signs with", paint("strong", secrets.secret)],
    ...secrets.retiring.map((old) => [`until ${localTime(old.retiresAt)} also`, old.secret]),
  ] as [string, string][];
  answer(options, secrets, facts(lines));
}

async function list(options: ControlOptions): Promise<void> {
  const { applications } = await askServer<{ applications: readonly Application[] }>(
    options,
    "GET",
    "/applications",
  );
  const rows = applications.map((each) => [
    each.id,
    each.name,
    `…${each.apiKeyHint}`,
    each.shortcodes?.join(",") ?? "all",
    Object.keys(each.products).length === productNames.length ? "all" : Object.keys(each.products).join(","),
    each.responseUrl ?? "-",
    each.revoked ? paint("warn", "revoked") : "live",
  ]);
  const columns = [
    { head: "id", right: true },
    { head: "name", least: 16 },
    { head: "key" },
    { head: "acts for", least: 8 },
    { head: "calls", least: 12 },
    { head: "response URL", least: 16 },
    { head: "state" },
  ] as const;
  answer(options, applications, listing(columns, rows));
}
