/** `admin statement`: the moves of an account, newest first, with what was on it after each. */
import type { Command } from "commander";
import { formatAmount, markets, type Market } from "../money.ts";
import { readAccounts, type AccountKind } from "../store/accounts.ts";
import { readStatement } from "../store/statement.ts";
import * as read from "./arguments.ts";
import { Refused } from "./command-error.ts";
import { marketOption } from "./people.ts";
import { answer, atDesk, withDeskOptions, type Desk, type DeskOptions } from "./desk.ts";
import { amountOf, listing, localTime } from "./table.ts";

type Options = DeskOptions & {
  readonly market: Market;
  readonly owner: string;
  readonly account?: string;
  readonly most: number;
};

export function addStatement(admin: Command): void {
  withDeskOptions(admin.command("statement").description("list the moves of an account, the newest first"))
    .addOption(marketOption("the market").makeOptionMandatory())
    .requiredOption("--owner <name>", "a shortcode, an MSISDN, or operator")
    .option("--account <kind>", "which of the owner's accounts, such as utility (default: the first)")
    .option("--most <number>", "how many moves", read.wholeNumber, 50)
    .action((options: Options) => atDesk(options, (desk) => printStatement(desk, options)));
}

async function printStatement(desk: Desk, options: Options): Promise<void> {
  const { market, owner, most } = options;
  const sql = desk.sql(market);
  const kind = await chooseAccount(desk, options);
  const { currency, decimals } = markets[market];
  const wire = await desk.wire();
  const amount = (minor: bigint): string => formatAmount(minor, decimals);
  const lines = (await readStatement(sql, { kind, owner }, most)).map((line) => ({
    at: line.at,
    transactionId: wire.transactionId(line.paymentId),
    why: line.why,
    other: `${line.otherOwner} (${line.otherKind})`,
    amount: amount(line.minor),
    balance: amount(line.balanceMinor),
    reference: line.reference,
  }));
  const rows = lines.map((line) => [
    localTime(line.at),
    line.transactionId,
    line.why,
    line.other,
    amountOf(line.amount),
    amountOf(line.balance),
    line.reference,
  ]);
  const columns = [
    { head: "when" },
    { head: "TransactionID" },
    { head: "why", least: 10 },
    { head: "other party", least: 12 },
    { head: currency, right: true },
    { head: "balance", right: true },
    { head: "reference", least: 8 },
  ] as const;
  const text = lines.length === 0 ? `Nothing has moved on ${owner} (${kind}).` : listing(columns, rows);
  answer(options, { market, owner, account: kind, currency, moves: lines }, text);
}

async function chooseAccount(desk: Desk, { market, owner, account }: Options): Promise<AccountKind> {
  const accounts = await readAccounts(desk.sql(market), owner);
  const kinds = accounts.map(({ kind }) => kind);
  const [first] = kinds;
  if (first === undefined)
    throw new Refused(`Nobody called ${owner} has an account in ${market} (${desk.environment}).`);
  if (account === undefined) return first;
  const found = kinds.find((kind) => kind === account);
  if (found !== undefined) return found;
  throw new Refused(`${owner} has no account ${account}; there are ${kinds.join(", ")}.`);
}
