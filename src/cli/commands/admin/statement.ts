/** `admin statement`: lists the postings of an account with the balance after each, newest first. */
import type { Command } from "commander";
import { formatAmount } from "../../../core/money.ts";
import { markets, type Market } from "../../../core/markets.ts";
import { readAccounts, type AccountKind } from "../../../store/rail/accounts.ts";
import { readStatement } from "../../../store/rail/statement.ts";
import * as parse from "../../terminal/option-parsers.ts";
import { CommandFailed } from "../../terminal/exit-codes.ts";
import { createMarketOption } from "../../terminal/market-options.ts";
import { printResult } from "../../terminal/print-result.ts";
import { withAdminContext, addAdminOptions, type AdminContext, type AdminOptions } from "./context.ts";
import { formatThousands, renderTable, formatLocalTime } from "../../terminal/table.ts";

type Options = AdminOptions & {
  readonly market: Market;
  readonly owner: string;
  readonly account?: string;
  readonly most: number;
};

export function addStatement(admin: Command): void {
  addAdminOptions(admin.command("statement").description("list the postings of an account, newest first"))
    .addOption(createMarketOption("the market").makeOptionMandatory())
    .requiredOption("--owner <name>", "a shortcode, an MSISDN, or operator")
    .option("--account <kind>", "one of the owner's accounts, such as utility (default: the first)")
    .option("--most <number>", "maximum number of postings", parse.wholeNumber, 50)
    .action((options: Options) => withAdminContext(options, (context) => printStatement(context, options)));
}

async function printStatement(context: AdminContext, options: Options): Promise<void> {
  const { market, owner, most: limit } = options;
  const sql = context.sql(market);
  const kind = await chooseAccount(context, options);
  const { currency, decimals } = markets[market];
  const publicIds = await context.publicIds();
  const format = (amountMinor: bigint): string => formatAmount(amountMinor, decimals);
  const lines = (await readStatement(sql, { kind, owner }, limit)).map((line) => ({
    at: line.at,
    transactionId: line.receipt ?? publicIds.receipt(line.paymentId),
    why: line.type,
    other: `${line.otherOwner} (${line.otherKind})`,
    amount: format(line.amountMinor),
    balance: format(line.balanceMinor),
    reference: line.reference,
  }));
  const rows = lines.map((line) => [
    formatLocalTime(line.at),
    line.transactionId,
    line.why,
    line.other,
    formatThousands(line.amount),
    formatThousands(line.balance),
    line.reference,
  ]);
  const columns = [
    { head: "when" },
    { head: "TransactionID" },
    { head: "type", minWidth: 10 },
    { head: "other party", minWidth: 12 },
    { head: currency, right: true },
    { head: "balance", right: true },
    { head: "reference", minWidth: 8 },
  ] as const;
  const text = lines.length === 0 ? `${owner} (${kind}) has no postings.` : renderTable(columns, rows);
  printResult(options, { market, owner, account: kind, currency, moves: lines }, text);
}

async function chooseAccount(
  context: AdminContext,
  { market, owner, account }: Options,
): Promise<AccountKind> {
  const accounts = await readAccounts(context.sql(market), owner);
  const kinds = accounts.map(({ kind }) => kind);
  const [first] = kinds;
  if (first === undefined)
    throw new CommandFailed(`${owner} has no account in ${market} (${context.environment}).`);
  if (account === undefined) return first;
  const match = kinds.find((kind) => kind === account);
  if (match !== undefined) return match;
  throw new CommandFailed(`${owner} has no account ${account}. Its accounts are ${kinds.join(", ")}.`);
}
