/**
 * Bill Manager: send an invoice. Sends an invoice; a customer with a handset gets an SMS. A
 * payment to the organisation whose account is the invoice's counts towards it, and is pushed
 * to the biller's callbackurl.
 *
 * Needs @pesarail/sdk (npm install @pesarail/sdk), and Node 22.18 or newer, which runs
 * TypeScript directly. (On Node 20: npx tsx instead of node.)
 *
 *   node docs/samples/daraja/typescript-sdk/bill-single-invoice.mts
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
  await daraja.createInvoice({
    externalReference: "INV-2026-001",
    billedFullName: "John Doe",
    billedPhoneNumber: "0722000000",
    billedPeriod: "August 2021",
    invoiceName: "Jentrys",
    dueDate: "2021-10-12",
    accountReference: "1ASD678H",
    amount: "800",
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
