/**
 * Bill Manager: acknowledge a payment. Acknowledges the payment of an invoice that was pushed.
 * It changes nothing.
 *
 * Needs @pesarail/sdk (npm install @pesarail/sdk), and Node 22.18 or newer, which runs
 * TypeScript directly. (On Node 20: npx tsx instead of node.)
 *
 *   node docs/samples/daraja/typescript-sdk/bill-reconciliation.mts
 */
import { readFileSync } from "node:fs"; // {{SANDBOX}}
import { Daraja } from "@pesarail/sdk/daraja";

// Unchanged, this calls the sandbox on this machine, with the keys from data/sandbox.json. {{SANDBOX}}
// Put your own value into each line that ends with a name in double braces. {{SANDBOX}}
const sandboxFile = process.env.SANDBOX_JSON ?? "data/sandbox.json"; // {{SANDBOX}}
const sandbox = JSON.parse(readFileSync(sandboxFile, "utf8")).daraja; // {{SANDBOX}}
const baseUrl = sandbox.url; // {{BASE_URL}}
const consumerKey = sandbox.consumerKey; // {{CONSUMER_KEY}}
const consumerSecret = sandbox.consumerSecret; // {{CONSUMER_SECRET}}

const daraja = new Daraja({
  baseUrl,
  environment: "sandbox",
  consumerKey,
  consumerSecret,
});

const answer = succeeded(
  await daraja.reconcileInvoice({
    paymentDate: "2021-10-01",
    paidAmount: "800",
    accountReference: "1ASD678H",
    transactionId: "PJB53MYR1N",
    phoneNumber: "0710000000",
    fullName: "John Doe",
    invoiceName: "Jentrys",
    externalReference: "INV-2026-001",
  }),
);
console.log(answer);

/** Returns a result that was acknowledged or accepted. Exits for every other outcome. */
function succeeded<T extends { readonly outcome: string }>(result: T): Exclude<T, Failure> {
  const { outcome } = result;
  if (outcome === "acknowledged" || outcome === "accepted") return result as Exclude<T, Failure>;
  // Unknown is not refused: the payment may complete.
  console.error(result);
  return process.exit(1);
}

interface Failure {
  readonly outcome: "refused" | "unknown";
}
