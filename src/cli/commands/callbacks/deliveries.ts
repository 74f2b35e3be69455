/**
 * `pesarail deliveries`: lists callbacks and sends them again.
 *
 * It works directly on the databases and needs no server. Any running server sends what this command makes
 * due.
 */
import { Option, type Command } from "commander";
import { resendNotifications, maxResent } from "../../../callbacks/stored-notifications.ts";
import { sanitizeText } from "../../../core/sanitize-text.ts";
import type { CallbackProtocols } from "../../../callbacks/notification.ts";
import {
  toDeliverySummary,
  readDelivery,
  type DeliveryDetails,
} from "../../../callbacks/delivery-details.ts";
import type { Id, PublicIds } from "../../../core/ids.ts";
import { marketNames, type Market } from "../../../core/markets.ts";
import { railFor } from "../../../core/rails.ts";
import { readLastAttempts, type AttemptRow } from "../../../store/rail/delivery-attempts.ts";
import {
  listNotifications,
  readNotificationsInRange,
  type DeliveryState,
} from "../../../store/rail/notification-queries.ts";
import { createCallbackProtocols } from "../../../app/protocols.ts";
import * as parse from "../../terminal/option-parsers.ts";
import { createProtocolOption, type ProtocolOptions } from "../../terminal/protocol-option.ts";
import { addHelp } from "../../terminal/usage.ts";
import { UsageError, CommandFailed } from "../../terminal/exit-codes.ts";
import { printResult } from "../../terminal/print-result.ts";
import { withAdminContext, addAdminOptions, type AdminContext, type AdminOptions } from "../admin/context.ts";
import { createMarketOption } from "../../terminal/market-options.ts";
import { keyValueTable, renderTable, formatLocalTime, renderRows } from "../../terminal/table.ts";
import { style, type StyleName } from "../../terminal/styles.ts";

const states: readonly DeliveryState[] = ["open", "dead_lettered", "delivered"];

const helpText = `Works directly on the databases and needs no server. Any running server sends the callbacks that resend makes due.
Without --market, it searches all markets.`;

type Options = AdminOptions & ProtocolOptions & { readonly market?: Market };

export function addDeliveries(program: Command): void {
  const deliveries = program
    .command("deliveries")
    .description("list callbacks and send them again: live, or --environment sandbox");
  const addSubcommand = (name: string, description: string): Command =>
    addAdminOptions(deliveries.command(name).description(description))
      .addOption(createMarketOption("only this market"))
      .addOption(createProtocolOption());
  addSubcommand("list", "list callbacks, newest first")
    .addOption(
      new Option("--state <word>", "only callbacks in this state")
        .choices(states)
        .argParser(parse.deliveryState),
    )
    .option("--application <id>", "only callbacks of this application", parse.applicationId)
    .option("--most <number>", "maximum number of callbacks", parse.wholeNumber, 50)
    .action((options: ListOptions) =>
      withAdminContext(options, (context) => listDeliveries(context, options)),
    );
  addSubcommand("show", "show one callback and its attempts")
    .argument("<name>", "its TransactionID or ConversationID")
    .action((name: string, options: Options) =>
      withAdminContext(options, (context) => printDeliveryByName(context, options, name)),
    );
  addSubcommand("resend", "send callbacks again: one by its id, or all of a period of business time")
    .argument("[name]", "its TransactionID or ConversationID")
    .option("--from <timestamp>", "start of the period, such as 2026-11-21T08:00:00Z", parse.timestamp)
    .option("--to <timestamp>", "end of the period (exclusive)", parse.timestamp)
    .option("--parked", "only dead-lettered callbacks")
    .option("--application <id>", "only callbacks of this application", parse.applicationId)
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
  { head: "URL and last attempt", minWidth: 24, wraps: true },
] as const;

async function readMarketDeliveries(
  context: AdminContext,
  publicIds: PublicIds,
  options: ListOptions,
  market: Market,
) {
  const { state = null, application: applicationId = null, most: limit } = options;
  const { name: protocol } = options.protocol;
  const sql = context.sql(market);
  const rows = await listNotifications(sql, { state, applicationId, protocol, before: null, limit });
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
  const filterText = state === undefined && application === undefined ? "" : " that match";
  const other = environment === "live" ? "sandbox" : "live";
  return `No callbacks${filterText} in ${market ?? "any market"} (${environment}). For those of ${other}, add \`--environment ${other}\`.`;
}

async function printDeliveryByName(context: AdminContext, options: Options, name: string): Promise<void> {
  const publicIds = await context.publicIds();
  const id = parseId(publicIds, name);
  const protocols = await loadProtocols(context);
  for (const market of selectMarkets(options)) {
    const details = await readOwnDelivery(context, options, protocols, market, id);
    if (details !== null)
      return printDelivery(options, market, toDeliverySummary(details.row, publicIds), details);
  }
  throw missingDelivery(context, options, name);
}

/** The callback of this id, if it is one of the chosen protocol. */
async function readOwnDelivery(
  context: AdminContext,
  { protocol }: Options,
  protocols: CallbackProtocols,
  market: Market,
  id: Id,
): Promise<DeliveryDetails | null> {
  const source = { sql: context.sql(market), rail: railFor(context.environment, market), protocols };
  const details = await readDelivery(source, id);
  return details?.row.protocol === protocol.name ? details : null;
}

function printDelivery(
  options: Options,
  market: Market,
  summary: ReturnType<typeof toDeliverySummary>,
  details: DeliveryDetails,
): void {
  const body = details.body === null ? null : parseBody(details.body);
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
    details.body === null ? "The body cannot be rendered." : formatBody(body),
    attempts.length === 0 ? "No attempts are recorded." : renderRows(attempts, new Set([2])),
  ];
  printResult(
    options,
    { market, ...summary, body, attempts: details.attempts.map(toJsonAttempt) },
    text.join("\n\n"),
  );
}

/** JSON as its value, and any other body as text. */
function parseBody(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return body;
  }
}

const formatBody = (body: unknown): string =>
  typeof body === "string" ? sanitizeText(body) : JSON.stringify(body, null, 2);

type ResendOptions = Options & {
  readonly from?: number;
  readonly to?: number;
  readonly parked?: true;
  readonly application?: bigint;
};

async function resendOne(context: AdminContext, options: ResendOptions, name: string): Promise<void> {
  if (options.from !== undefined || options.to !== undefined)
    throw new UsageError("Give either an id, or --from and --to.");
  const publicIds = await context.publicIds();
  const id = parseId(publicIds, name);
  const protocols = await loadProtocols(context);
  for (const market of selectMarkets(options)) {
    if ((await readOwnDelivery(context, options, protocols, market, id)) === null) continue;
    const resent = await resend(context, market, [id], { name });
    if (resent > 0)
      return printResult(options, { resent }, "The callback is due. A running server will send it.");
  }
  throw missingDelivery(context, options, name);
}

async function resendWindow(context: AdminContext, options: ResendOptions): Promise<void> {
  const { market, from, to: until, application: applicationId = null } = options;
  if (from === undefined || until === undefined || from >= until)
    throw new UsageError("Give an id, or a period with --from and a later --to.");
  if (market === undefined) throw new UsageError("--market is required with --from and --to.");
  const state = options.parked === true ? "dead_lettered" : "all";
  const matches = await readNotificationsInRange(
    context.sql(market),
    { from, until, applicationId, protocol: options.protocol.name, state },
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
  const moreText = next === null ? "" : ` There are more: continue with --from ${next.toISOString()}.`;
  printResult(
    options,
    { resent, next },
    `${resent} callbacks are due. A running server will send them.${moreText}`,
  );
}

async function resend(
  context: AdminContext,
  market: Market,
  ids: readonly Id[],
  details: Readonly<Record<string, unknown>>,
): Promise<number> {
  const { context: paymentContext } = await context.payments(market);
  await context.audit("deliveries resend", { market, ...details });
  return resendNotifications(paymentContext, ids, paymentContext.clock.now());
}

async function loadProtocols(context: AdminContext): Promise<CallbackProtocols> {
  const keys = { publicIds: await context.publicIds(), tokenKey: await context.tokenKey() };
  return createCallbackProtocols({ sandbox: keys, live: keys }, context.protocolSettings);
}

function parseId(publicIds: PublicIds, name: string): Id {
  const id = publicIds.decode(name);
  if (id === null) throw new UsageError(`${name} is neither a TransactionID nor a ConversationID.`);
  return id;
}

const missingDelivery = ({ environment }: AdminContext, { market }: Options, name: string): CommandFailed =>
  new CommandFailed(`There is no callback for ${name} in ${market ?? "any market"} (${environment}).`);

/** An attempt with the keys of `--json`. */
const toJsonAttempt = ({
  durationMs: tookMs,
  responseBody: answer,
  warning: flag,
  ...attempt
}: AttemptRow) => ({
  ...attempt,
  tookMs,
  answer,
  flag,
});

function describeAttempt({ failure, warning, httpStatus }: AttemptRow): string {
  if (failure !== null) return failure;
  return warning === null ? `acknowledged (${httpStatus})` : `acknowledged (${httpStatus}), but: ${warning}`;
}
