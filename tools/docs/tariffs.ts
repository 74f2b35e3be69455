/**
 * Generates `docs/tariffs.md` from the published tariffs.
 *
 * After changing them: `node tools/docs/tariffs.ts > docs/tariffs.md`.
 */
import { markets, type Market } from "../../src/core/markets.ts";
import { formatAmount } from "../../src/core/money.ts";
import {
  chargedUses,
  defaultTariffs,
  type ChargeBand,
  type ChargedUse,
  type Tariff,
} from "../../src/payments/tariffs.ts";
import { code, markdownTable } from "./markdown.ts";

const useTexts: Readonly<Record<ChargedUse, string>> = {
  pay_bill: "a customer's payment to a paybill (Utility)",
  buy_goods: "a customer's payment to a till (Merchant)",
  collection: "a customer's payment to the working account, as OpenAPI v2 makes it",
  payout: "a payment to a customer",
  transfer: "a payment to another organisation",
};

const header = `# Tariffs

An organisation is charged for payments by a tariff: a table for each market, by the kind of payment and its amount. The
charge is a posting of its own, from the organisation's account for charges (\`charges_paid\`, shown as Charges Paid) to the
operator's fees, in the transaction of the payment. The account shows what the organisation owes, and is never above zero.

- Customers are not charged. A customer who pays 10 has 10 less, and the organisation gets 10.
- Free are payments that fail, reversals, transfers between accounts of one organisation, and simulated payments. A reversal
  does not give a charge back.
- An approved prompt and a validated payment are charged when the money moves.
- An organisation pays what it owes by a deposit to the account:
  \`pesarail admin organisation deposit --account charges_paid\`.

`;

const fileText = `
## Your own tariff

[\`TARIFF\`](settings.md#tariff) chooses the sandbox's tariffs: \`default\` (the tables below), \`none\`, or a JSON file.
[\`LIVE_TARIFF\`](settings.md#live_tariff) is \`none\` or a JSON file. A file has everything that is charged: a market or a kind
that it does not name is free. The server reads it when it starts.

\`\`\`json
{
  "safaricomKEN": {
    "payout": [
      { "upTo": "1000.00", "charge": "5.00" },
      { "upTo": null, "charge": "9.00" }
    ]
  }
}
\`\`\`

A band holds for amounts above that of the band before, up to and including \`upTo\`; null in the last band is without a limit.
Amounts are decimal texts in the market's currency.
`;

export function renderTariffs(): string {
  const kinds = markdownTable(
    ["Kind", "What is charged"],
    chargedUses.map((use) => [code(use), useTexts[use]]),
  );
  const tables = Object.entries(defaultTariffs).map(([market, tariff]) =>
    renderMarket(market as Market, tariff),
  );
  return `${header}${kinds}\n${fileText}\n## The published tariff\n\nThe figures are ours. No other market is charged.\n\n${tables.join("\n")}`;
}

function renderMarket(market: Market, tariff: Tariff): string {
  const sections = Object.entries(tariff).map(([use, bands]) => renderUse(market, use, bands));
  return `### ${code(market)}\n\n${sections.join("\n\n")}\n`;
}

function renderUse(market: Market, use: string, bands: readonly ChargeBand[]): string {
  const { currency, decimals } = markets[market];
  const format = (amountMinor: bigint): string => formatAmount(amountMinor, decimals);
  const rows = bands.map(({ untilMinor, chargeMinor }) => [
    untilMinor === null ? "above" : format(untilMinor),
    format(chargeMinor),
  ]);
  return `${code(use)}:\n\n${markdownTable([`Amounts up to, in ${currency}`, "Charge"], rows)}`;
}

if (import.meta.main) process.stdout.write(renderTariffs());
