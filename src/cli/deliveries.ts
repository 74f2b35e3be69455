/**
 * `pesarail deliveries`: what listeners are told, and telling them again.
 *
 * It works on the databases, so it needs no server. What it makes due is sent by whichever server runs.
 */
import type { Command } from "commander";
import { resendMessages, resentMax, type Renderers } from "../callbacks/messages.ts";
import { messageFacts, readInFull } from "../callbacks/reading.ts";
import type { Id, WireNames } from "../ids.ts";
import { rail, type Market } from "../money.ts";
import { openapiCallbacks } from "../protocols/openapi-v2/callback.ts";
import { readLastAttempts, type AttemptRow } from "../store/delivery-attempts.ts";
import { listMessages, messagesIn, type DeliveryState } from "../store/delivery-list.ts";
import { msisdnTokens } from "../vault/msisdn-tokens.ts";
import * as read from "./arguments.ts";
import { Misused, Refused } from "./command-error.ts";
import { answer, atDesk, withDeskOptions, type Desk, type DeskOptions } from "./desk.ts";
import { textTable } from "./table.ts";

const help = `
  npm run pesarail -- deliveries list --market vodacomTZN --state parked
  npm run pesarail -- deliveries show hv9ahxcg4ccv --market vodacomTZN
  npm run pesarail -- deliveries resend hv9ahxcg4ccv --market vodacomTZN
  npm run pesarail -- deliveries resend --market vodacomTZN --parked \\
      --from 2026-11-21T08:00:00Z --to 2026-11-21T12:00:00Z`;

type Options = DeskOptions & { readonly market: Market };

export function addDeliveries(program: Command): void {
  const deliveries = program
    .command("deliveries")
    .description("what listeners are told, and telling them again; live, or --environment sandbox")
    .addHelpText("after", help);
  const one = (name: string, does: string): Command =>
    withDeskOptions(deliveries.command(name).description(does)).requiredOption(
      "--market <name>",
      "the market, such as vodacomTZN",
      read.market,
    );
  one("list", "list what listeners are told, the newest first")
    .option("--state <word>", "open, parked or told", read.deliveryState)
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
}

type ListOptions = Options & {
  readonly state?: DeliveryState;
  readonly application?: bigint;
  readonly most: number;
};

async function list(desk: Desk, options: ListOptions): Promise<void> {
  const { market, state = null, application: applicationId = null, most } = options;
  const sql = desk.sql(market);
  const wire = await desk.wire();
  const rows = await listMessages(sql, { state, applicationId, before: null, most });
  const ids = rows.map(({ paymentId }) => paymentId);
  const last = new Map((await readLastAttempts(sql, ids)).map((row) => [row.paymentId, row]));
  const data = rows.map((row) => ({ ...messageFacts(row, wire), last: last.get(row.paymentId) ?? null }));
  const head = ["created", "TransactionID", "application", "state", "next", "URL", "last attempt"];
  const lines = data.map((row) => [
    row.createdAt,
    row.transactionId,
    row.application,
    row.state,
    row.dueAt ?? "-",
    row.url,
    row.last === null ? "-" : inWords(row.last),
  ]);
  const nothing = `Nobody is told anything in ${market} (${desk.environment}).`;
  answer(options, data, rows.length === 0 ? nothing : textTable([head, ...lines]));
}

async function show(desk: Desk, options: Options, name: string): Promise<void> {
  const { market } = options;
  const wire = await desk.wire();
  const on = { sql: desk.sql(market), rail: rail(desk.environment, market) };
  const found = await readInFull({ ...on, renderers: await renderersOf(desk) }, idOf(wire, name));
  if (found === null) throw noSuchMessage(desk, market, name);
  const message = messageFacts(found.row, wire);
  const body: unknown = found.body === null ? null : JSON.parse(found.body);
  const lines = Object.entries(message).map(([field, value]) => [field, value ?? "-"]);
  const attempts = found.attempts.map((attempt) => [
    attempt.at.toISOString(),
    `attempt ${attempt.attempt}`,
    `${attempt.tookMs} ms`,
    inWords(attempt),
  ]);
  const text = [
    textTable(lines),
    found.body === null ? "It cannot be put into words." : JSON.stringify(body, null, 2),
    attempts.length === 0 ? "No attempt is remembered." : textTable(attempts),
  ];
  answer(options, { ...message, body, attempts: found.attempts }, text.join("\n\n"));
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
  const resent = await resend(desk, options, [idOf(wire, name)], { name });
  if (resent === 0) throw noSuchMessage(desk, options.market, name);
  answer(options, { resent }, "It is due; a server that runs sends it.");
}

async function resendWindow(desk: Desk, options: ResendOptions): Promise<void> {
  const { market, from, to: upto, application: applicationId = null } = options;
  if (from === undefined || upto === undefined || from >= upto)
    throw new Misused("A name says which message; --from and --to, later than it, say which window.");
  const state = options.parked === true ? "parked" : "all";
  const found = await messagesIn(desk.sql(market), { from, upto, applicationId, state }, resentMax + 1);
  const batch = found.slice(0, resentMax);
  const details = {
    from: new Date(from).toISOString(),
    to: new Date(upto).toISOString(),
    application: applicationId?.toString() ?? null,
    state,
    messages: batch.length,
  };
  const resent =
    batch.length === 0
      ? 0
      : await resend(
          desk,
          options,
          batch.map(({ paymentId }) => paymentId),
          details,
        );
  const next = found[resentMax]?.createdAt ?? null;
  const rest = next === null ? "" : ` There are more: go on with --from ${next.toISOString()}.`;
  answer(options, { resent, next }, `${resent} are due; a server that runs sends them.${rest}`);
}

async function resend(
  desk: Desk,
  { market }: Options,
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

const noSuchMessage = ({ environment }: Desk, market: Market, name: string): Refused =>
  new Refused(`Nobody is told about ${name} in ${market} (${environment}).`);

function inWords({ failure, flag, httpStatus }: AttemptRow): string {
  if (failure !== null) return failure;
  return flag === null ? `acknowledged (${httpStatus})` : `acknowledged (${httpStatus}), but: ${flag}`;
}
