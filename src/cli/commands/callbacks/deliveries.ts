/**
 * `pesarail deliveries`: what listeners are told, and telling them again.
 *
 * It works on the databases, so it needs no server. What it makes due is sent by whichever server runs.
 */
import { Option, type Command } from "commander";
import { resendNotifications, maxResent } from "../../../callbacks/stored-notifications.ts";
import type { CallbackProtocols } from "../../../callbacks/notification.ts";
import { toDeliverySummary, readDelivery } from "../../../callbacks/delivery-details.ts";
import type { Id, PublicIds } from "../../../core/ids.ts";
import { marketNames, railFor, type Market } from "../../../core/money.ts";
import { createCallbackRenderer } from "../../../protocols/openapi-v2/callback-payload.ts";
import { readLastAttempts, type AttemptRow } from "../../../store/rail/delivery-attempts.ts";
import {
  listNotifications,
  readNotificationsInRange,
  type DeliveryState,
} from "../../../store/rail/notification-queries.ts";
import { createCallbackProtocols } from "../../../app/protocols.ts";
import * as read from "../../terminal/option-parsers.ts";
import { addHelp } from "../../terminal/usage.ts";
import { UsageError, CommandFailed } from "../../terminal/exit-codes.ts";
import {
  printResult,
  withAdminContext,
  addAdminOptions,
  type AdminContext,
  type AdminOptions,
} from "../admin/context.ts";
import { createMarketOption } from "../../terminal/market-options.ts";
import { keyValueTable, renderTable, formatLocalTime, renderRows } from "../../terminal/table.ts";
import { style, type StyleName } from "../../terminal/styles.ts";

const states: readonly DeliveryState[] = ["open", "dead_lettered", "delivered"];

const helpText = `It works on the databases, so it needs no server; what it makes due is sent by whichever server runs. Without
--market it looks in all of them.`;

type Options = AdminOptions & { readonly market?: Market };

export function addDeliveries(program: Command): void {
  const deliveries = program
    .command("deliveries")
    .description("what listeners are told, and telling them again: live, or --environment sandbox");
  const addSubcommand = (name: string, description: string): Command =>
    addAdminOptions(deliveries.command(name).description(description)).addOption(
      createMarketOption("only this market's"),
    );
  addSubcommand("list", "list what listeners are told, the newest first")
    .addOption(new Option("--state <word>", "only these").choices(states).argParser(read.deliveryState))
    .option("--application <id>", "only this application's", read.applicationId)
    .option("--most <number>", "how many", read.wholeNumber, 50)
    .action((options: ListOptions) =>
      withAdminContext(options, (context) => listDeliveries(context, options)),
    );
  addSubcommand("show", "tell everything about one, by its TransactionID or ConversationID")
    .argument("<name>", "a TransactionID or a ConversationID")
    .action((name: string, options: Options) =>
      withAdminContext(options, (context) => printDeliveryByName(context, options, name)),
    );
  addSubcommand(
    "resend",
    "tell a listener again: one message by its name, or those of a window of business time",
  )
    .argument("[name]", "a TransactionID or a ConversationID")
    .option("--from <moment>", "the beginning of the window, such as 2026-11-21T08:00:00Z", read.timestamp)
    .option("--to <moment>", "its end, itself not in it", read.timestamp)
    .option("--parked", "only what is parked")
    .option("--application <id>", "only this application's", read.applicationId)
    .action((name: string | undefined, options: ResendOptions) =>
      withAdminContext(options, (context) =>
        name === undefined ? resendWindow(context, options) : resendOne(context, options, name),
      ),
    );
  addHelp(
    deliveries,
    helpText,
    "deliveries list --environment sandbox",
    "deliveries list --market vodacomTZN --state dead_lettered",
    "deliveries show hv9ahxcg4ccv --market vodacomTZN",
    "deliveries resend hv9ahxcg4ccv",
    "deliveries resend --market vodacomTZN --parked --from 2026-11-21T08:00:00Z --to 2026-11-21T12:00:00Z",
  );
}

const selectMarkets = ({ market }: Options): readonly Market[] =>
  market === undefined ? marketNames : [market];

type ListOptions = Options & {
  readonly state?: DeliveryState;
  readonly application?: bigint;
  readonly most: number;
};

async function listDeliveries(context: AdminContext, options: ListOptions): Promise<void> {
  const publicIds = await context.publicIds();
  const deliveriesByMarket = await Promise.all(
    selectMarkets(options).map((market) => readMarketDeliveries(context, publicIds, options, market)),
  );
  const deliveries = deliveriesByMarket
    .flat()
    .toSorted((a, b) => b.createdAt.localeCompare(a.createdAt))
    .slice(0, options.most);
  const lines = deliveries.map((row) => [
    formatLocalTime(row.createdAt),
    style(colours[row.state], row.state),
    row.transactionId,
    row.market,
    row.application,
    [
      row.url,
      ...(row.last === null ? [] : [describeAttempt(row.last)]),
      ...(row.dueAt === null ? [] : [`next at ${formatLocalTime(row.dueAt)}`]),
    ].join("  "),
  ]);
  const asJson = deliveries.map(({ last, ...row }) => ({
    ...row,
    last: last === null ? null : toJsonAttempt(last),
  }));
  printResult(
    options,
    asJson,
    deliveries.length === 0 ? describeNoDeliveries(context, options) : renderTable(columns, lines),
  );
}

const colours = { open: "warn", dead_lettered: "bad", delivered: "good" } as const satisfies Record<
  DeliveryState,
  StyleName
>;

const columns = [
  { head: "created" },
  { head: "state" },
  { head: "TransactionID" },
  { head: "market" },
  { head: "app", right: true },
  { head: "told where, and what came of it", minWidth: 24, wraps: true },
] as const;

async function readMarketDeliveries(
  context: AdminContext,
  publicIds: PublicIds,
  options: ListOptions,
  market: Market,
) {
  const { state = null, application: applicationId = null, most: limit } = options;
  const sql = context.sql(market);
  const rows = await listNotifications(sql, { state, applicationId, before: null, limit });
  const ids = rows.map(({ id: paymentId }) => paymentId);
  const last = new Map((await readLastAttempts(sql, ids)).map((row) => [row.notificationId, row]));
  return rows.map((row) => ({
    market,
    ...toDeliverySummary(row, publicIds),
    last: last.get(row.id) ?? null,
  }));
}

function describeNoDeliveries(
  { environment }: AdminContext,
  { market, state, application }: ListOptions,
): string {
  const filterText =
    state === undefined && application === undefined ? "" : ", of those that were asked for,";
  const other = environment === "live" ? "sandbox" : "live";
  return `Nobody is told anything${filterText} in ${market ?? "any market"} (${environment}). The ${other} ones: --environment ${other}.`;
}

async function printDeliveryByName(context: AdminContext, options: Options, name: string): Promise<void> {
  const publicIds = await context.publicIds();
  const id = parseId(publicIds, name);
  const protocols = await loadProtocols(context);
  for (const market of selectMarkets(options)) {
    const source = { sql: context.sql(market), rail: railFor(context.environment, market) };
    const details = await readDelivery({ ...source, protocols }, id);
    if (details !== null)
      return printDelivery(options, market, toDeliverySummary(details.row, publicIds), details);
  }
  throw missingDelivery(context, options, name);
}

type Details = NonNullable<Awaited<ReturnType<typeof readDelivery>>>;

function printDelivery(
  options: Options,
  market: Market,
  summary: ReturnType<typeof toDeliverySummary>,
  details: Details,
): void {
  const body: unknown = details.body === null ? null : JSON.parse(details.body);
  const lines = Object.entries({ market, ...summary }).map(([field, value]): [string, string] => [
    field,
    value === null ? "-" : field.endsWith("At") ? formatLocalTime(value) : value,
  ]);
  const attempts = details.attempts.map((attempt) => [
    formatLocalTime(attempt.at),
    `attempt ${attempt.attempt}`,
    `${attempt.durationMs} ms`,
    describeAttempt(attempt),
  ]);
  const text = [
    keyValueTable(lines),
    details.body === null ? "It cannot be put into words." : JSON.stringify(body, null, 2),
    attempts.length === 0 ? "No attempt is remembered." : renderRows(attempts, new Set([2])),
  ];
  printResult(
    options,
    { market, ...summary, body, attempts: details.attempts.map(toJsonAttempt) },
    text.join("\n\n"),
  );
}

type ResendOptions = Options & {
  readonly from?: number;
  readonly to?: number;
  readonly parked?: true;
  readonly application?: bigint;
};

async function resendOne(context: AdminContext, options: ResendOptions, name: string): Promise<void> {
  if (options.from !== undefined || options.to !== undefined)
    throw new UsageError("A name and a window do not go together.");
  const publicIds = await context.publicIds();
  const id = parseId(publicIds, name);
  const protocols = await loadProtocols(context);
  for (const market of selectMarkets(options)) {
    const source = { sql: context.sql(market), rail: railFor(context.environment, market) };
    if ((await readDelivery({ ...source, protocols }, id)) === null) continue;
    const resent = await resend(context, market, [id], { name });
    if (resent > 0) return printResult(options, { resent }, "It is due; a server that runs sends it.");
  }
  throw missingDelivery(context, options, name);
}

async function resendWindow(context: AdminContext, options: ResendOptions): Promise<void> {
  const { market, from, to: until, application: applicationId = null } = options;
  if (from === undefined || until === undefined || from >= until)
    throw new UsageError("A name says which message; --from and --to, later than it, say which window.");
  if (market === undefined) throw new UsageError("--market says in which market the window is.");
  const state = options.parked === true ? "dead_lettered" : "all";
  const matches = await readNotificationsInRange(
    context.sql(market),
    { from, until, applicationId, state },
    maxResent + 1,
  );
  const ids = matches.slice(0, maxResent).map(({ id }) => id);
  const details = {
    from: new Date(from).toISOString(),
    to: new Date(until).toISOString(),
    application: applicationId?.toString() ?? null,
    state,
    messages: ids.length,
  };
  const resent = ids.length === 0 ? 0 : await resend(context, market, ids, details);
  const next = matches[maxResent]?.createdAt ?? null;
  const moreText = next === null ? "" : ` There are more: go on with --from ${next.toISOString()}.`;
  printResult(options, { resent, next }, `${resent} are due; a server that runs sends them.${moreText}`);
}

async function resend(
  context: AdminContext,
  market: Market,
  ids: readonly Id[],
  details: Readonly<Record<string, unknown>>,
): Promise<number> {
  const { context: paymentContext } = await context.payments(market);
  await context.audit("deliveries resend", { market, ...details });
  return resendNotifications(paymentContext.sql, paymentContext.rail, ids, paymentContext.clock.now());
}

async function loadProtocols(context: AdminContext): Promise<CallbackProtocols> {
  const keys = { publicIds: await context.publicIds(), tokenKey: await context.tokenKey() };
  return createCallbackProtocols({ sandbox: keys, live: keys });
}

function parseId(publicIds: PublicIds, name: string): Id {
  const id = publicIds.decode(name);
  if (id === null) throw new UsageError(`${name} is no TransactionID and no ConversationID.`);
  return id;
}

const missingDelivery = ({ environment }: AdminContext, { market }: Options, name: string): CommandFailed =>
  new CommandFailed(`Nobody is told about ${name} in ${market ?? "any market"} (${environment}).`);

/** An attempt with the keys of `--json`. */
const toJsonAttempt = ({ responseBody: body, warning: flag, ...attempt }: AttemptRow) => ({
  ...attempt,
  answer: body,
  flag,
});

function describeAttempt({ failure, warning, httpStatus }: AttemptRow): string {
  if (failure !== null) return failure;
  return warning === null ? `acknowledged (${httpStatus})` : `acknowledged (${httpStatus}), but: ${warning}`;
}
