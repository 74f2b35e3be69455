/**
 * `pesarail deliveries`: what listeners are told, and telling them again.
 *
 * It works on the databases, so it needs no server. What it makes due is sent by whichever server runs.
 */
import { Option, type Command } from "commander";
import { resendMessages, resentMax, type Renderers } from "../callbacks/messages.ts";
import { messageFacts, readInFull } from "../callbacks/reading.ts";
import type { Id, WireNames } from "../ids.ts";
import { marketNames, rail, type Market } from "../money.ts";
import { openapiCallbacks } from "../protocols/openapi-v2/callback.ts";
import { readLastAttempts, type AttemptRow } from "../store/delivery-attempts.ts";
import { listMessages, messagesIn, type DeliveryState } from "../store/delivery-list.ts";
import { msisdnTokens } from "../vault/msisdn-tokens.ts";
import * as read from "./arguments.ts";
import { explain } from "./called.ts";
import { Misused, Refused } from "./command-error.ts";
import { answer, atDesk, withDeskOptions, type Desk, type DeskOptions } from "./desk.ts";
import { marketOption } from "./people.ts";
import { facts, listing, localTime, textTable } from "./table.ts";
import { paint, type Style } from "./terminal.ts";

const states: readonly DeliveryState[] = ["open", "parked", "told"];

const says = `It works on the databases, so it needs no server; what it makes due is sent by whichever server runs. Without
--market it looks in all of them.`;

type Options = DeskOptions & { readonly market?: Market };

export function addDeliveries(program: Command): void {
  const deliveries = program
    .command("deliveries")
    .description("what listeners are told, and telling them again: live, or --environment sandbox");
  const one = (name: string, does: string): Command =>
    withDeskOptions(deliveries.command(name).description(does)).addOption(marketOption("only this market's"));
  one("list", "list what listeners are told, the newest first")
    .addOption(new Option("--state <word>", "only these").choices(states).argParser(read.deliveryState))
    .option("--application <id>", "only this application's", read.applicationId)
    .option("--most <number>", "how many", read.wholeNumber, 50)
    .action((options: ListOptions) => atDesk(options, (desk) => list(desk, options)));
  one("show", "tell everything about one, by its TransactionID or ConversationID")
    .argument("<name>", "a TransactionID or a ConversationID")
    .action((name: string, options: Options) => atDesk(options, (desk) => show(desk, options, name)));
  one("resend", "tell a listener again: one message by its name, or those of a window of business time")
    .argument("[name]", "a TransactionID or a ConversationID")
    .option("--from <moment>", "the beginning of the window, such as 2026-11-21T08:00:00Z", read.moment)
    .option("--to <moment>", "its end, itself not in it", read.moment)
    .option("--parked", "only what is parked")
    .option("--application <id>", "only this application's", read.applicationId)
    .action((name: string | undefined, options: ResendOptions) =>
      atDesk(options, (desk) =>
        name === undefined ? resendWindow(desk, options) : resendOne(desk, options, name),
      ),
    );
  explain(
    deliveries,
    says,
    "deliveries list --environment sandbox",
    "deliveries list --market vodacomTZN --state parked",
    "deliveries show hv9ahxcg4ccv --market vodacomTZN",
    "deliveries resend hv9ahxcg4ccv",
    "deliveries resend --market vodacomTZN --parked --from 2026-11-21T08:00:00Z --to 2026-11-21T12:00:00Z",
  );
}

const marketsOf = ({ market }: Options): readonly Market[] => (market === undefined ? marketNames : [market]);

type ListOptions = Options & {
  readonly state?: DeliveryState;
  readonly application?: bigint;
  readonly most: number;
};

async function list(desk: Desk, options: ListOptions): Promise<void> {
  const wire = await desk.wire();
  const found = await Promise.all(marketsOf(options).map((market) => listIn(desk, wire, options, market)));
  const data = found
    .flat()
    .toSorted((a, b) => b.createdAt.localeCompare(a.createdAt))
    .slice(0, options.most);
  const lines = data.map((row) => [
    localTime(row.createdAt),
    paint(colours[row.state], row.state),
    row.transactionId,
    row.market,
    row.application,
    [
      row.url,
      ...(row.last === null ? [] : [inWords(row.last)]),
      ...(row.dueAt === null ? [] : [`next at ${localTime(row.dueAt)}`]),
    ].join("  "),
  ]);
  answer(options, data, data.length === 0 ? nothing(desk, options) : listing(columns, lines));
}

const colours = { open: "warn", parked: "bad", told: "good" } as const satisfies Record<DeliveryState, Style>;

const columns = [
  { head: "created" },
  { head: "state" },
  { head: "TransactionID" },
  { head: "market" },
  { head: "app", right: true },
  { head: "told where, and what came of it", least: 24, wraps: true },
] as const;

async function listIn(desk: Desk, wire: WireNames, options: ListOptions, market: Market) {
  const { state = null, application: applicationId = null, most } = options;
  const sql = desk.sql(market);
  const rows = await listMessages(sql, { state, applicationId, before: null, most });
  const ids = rows.map(({ paymentId }) => paymentId);
  const last = new Map((await readLastAttempts(sql, ids)).map((row) => [row.paymentId, row]));
  return rows.map((row) => ({ market, ...messageFacts(row, wire), last: last.get(row.paymentId) ?? null }));
}

function nothing({ environment }: Desk, { market, state, application }: ListOptions): string {
  const which = state === undefined && application === undefined ? "" : ", of those that were asked for,";
  const other = environment === "live" ? "sandbox" : "live";
  return `Nobody is told anything${which} in ${market ?? "any market"} (${environment}). The ${other} ones: --environment ${other}.`;
}

async function show(desk: Desk, options: Options, name: string): Promise<void> {
  const wire = await desk.wire();
  const id = idOf(wire, name);
  const renderers = await renderersOf(desk);
  for (const market of marketsOf(options)) {
    const on = { sql: desk.sql(market), rail: rail(desk.environment, market) };
    const found = await readInFull({ ...on, renderers }, id);
    if (found !== null) return tell(options, market, messageFacts(found.row, wire), found);
  }
  throw noSuchMessage(desk, options, name);
}

type Found = NonNullable<Awaited<ReturnType<typeof readInFull>>>;

function tell(
  options: Options,
  market: Market,
  message: ReturnType<typeof messageFacts>,
  found: Found,
): void {
  const body: unknown = found.body === null ? null : JSON.parse(found.body);
  const lines = Object.entries({ market, ...message }).map(([field, value]): [string, string] => [
    field,
    value === null ? "-" : field.endsWith("At") ? localTime(value) : value,
  ]);
  const attempts = found.attempts.map((attempt) => [
    localTime(attempt.at),
    `attempt ${attempt.attempt}`,
    `${attempt.tookMs} ms`,
    inWords(attempt),
  ]);
  const text = [
    facts(lines),
    found.body === null ? "It cannot be put into words." : JSON.stringify(body, null, 2),
    attempts.length === 0 ? "No attempt is remembered." : textTable(attempts, new Set([2])),
  ];
  answer(options, { market, ...message, body, attempts: found.attempts }, text.join("\n\n"));
}

type ResendOptions = Options & {
  readonly from?: number;
  readonly to?: number;
  readonly parked?: true;
  readonly application?: bigint;
};

async function resendOne(desk: Desk, options: ResendOptions, name: string): Promise<void> {
  if (options.from !== undefined || options.to !== undefined)
    throw new Misused("A name and a window do not go together.");
  const wire = await desk.wire();
  const id = idOf(wire, name);
  const renderers = await renderersOf(desk);
  for (const market of marketsOf(options)) {
    const on = { sql: desk.sql(market), rail: rail(desk.environment, market) };
    if ((await readInFull({ ...on, renderers }, id)) === null) continue;
    const resent = await resend(desk, market, [id], { name });
    if (resent > 0) return answer(options, { resent }, "It is due; a server that runs sends it.");
  }
  throw noSuchMessage(desk, options, name);
}

async function resendWindow(desk: Desk, options: ResendOptions): Promise<void> {
  const { market, from, to: upto, application: applicationId = null } = options;
  if (from === undefined || upto === undefined || from >= upto)
    throw new Misused("A name says which message; --from and --to, later than it, say which window.");
  if (market === undefined) throw new Misused("--market says in which market the window is.");
  const state = options.parked === true ? "parked" : "all";
  const found = await messagesIn(desk.sql(market), { from, upto, applicationId, state }, resentMax + 1);
  const ids = found.slice(0, resentMax).map(({ paymentId }) => paymentId);
  const details = {
    from: new Date(from).toISOString(),
    to: new Date(upto).toISOString(),
    application: applicationId?.toString() ?? null,
    state,
    messages: ids.length,
  };
  const resent = ids.length === 0 ? 0 : await resend(desk, market, ids, details);
  const next = found[resentMax]?.createdAt ?? null;
  const rest = next === null ? "" : ` There are more: go on with --from ${next.toISOString()}.`;
  answer(options, { resent, next }, `${resent} are due; a server that runs sends them.${rest}`);
}

async function resend(
  desk: Desk,
  market: Market,
  ids: readonly Id[],
  details: Readonly<Record<string, unknown>>,
): Promise<number> {
  const { context } = await desk.payments(market);
  await desk.audit("deliveries resend", { market, ...details });
  return resendMessages(context.sql, context.rail, ids, context.clock.now());
}

async function renderersOf(desk: Desk): Promise<Renderers> {
  const names = { wire: await desk.wire(), tokens: msisdnTokens(await desk.tokenKey()) };
  return { "openapi-v2": openapiCallbacks({ sandbox: names, live: names }) };
}

function idOf(wire: WireNames, name: string): Id {
  const id = wire.find(name);
  if (id === null) throw new Misused(`${name} is no TransactionID and no ConversationID.`);
  return id;
}

const noSuchMessage = ({ environment }: Desk, { market }: Options, name: string): Refused =>
  new Refused(`Nobody is told about ${name} in ${market ?? "any market"} (${environment}).`);

function inWords({ failure, flag, httpStatus }: AttemptRow): string {
  if (failure !== null) return failure;
  return flag === null ? `acknowledged (${httpStatus})` : `acknowledged (${httpStatus}), but: ${flag}`;
}
