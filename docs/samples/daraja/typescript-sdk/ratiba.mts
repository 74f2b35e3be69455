/**
 * M-Pesa Ratiba. Asks a customer for a standing order. The response acknowledges the request,
 * and the customer's answer follows at the CallBackURL. Each due payment is made at 8:00 in
 * Nairobi and confirmed at the organisation's ConfirmationURL; with too little money it is
 * tried again on the next three days, and then left out. A request that is malformed is HTTP
 * 200 with the responseCode 1051, a name that the customer's standing orders already have
 * 1050.
 *
 * Needs @pesarail/sdk (npm install @pesarail/sdk), and Node 22.18 or newer, which runs
 * TypeScript directly. (On Node 20: npx tsx instead of node.)
 *
 *   node docs/samples/daraja/typescript-sdk/ratiba.mts
 */
import { readFileSync } from "node:fs"; // {{SANDBOX}}
import { Daraja, createReference } from "@pesarail/sdk/daraja";

// Unchanged, this calls the sandbox on this machine, with the keys from data/sandbox.json. {{SANDBOX}}
// Put your own value into each line that ends with a name in double braces. {{SANDBOX}}
const sandboxFile = process.env.SANDBOX_JSON ?? "data/sandbox.json"; // {{SANDBOX}}
const sandbox = JSON.parse(readFileSync(sandboxFile, "utf8")).daraja; // {{SANDBOX}}
const baseUrl = sandbox.url; // {{BASE_URL}}
const consumerKey = sandbox.consumerKey; // {{CONSUMER_KEY}}
const consumerSecret = sandbox.consumerSecret; // {{CONSUMER_SECRET}}
const shortCode = sandbox.shortCode; // {{SHORT_CODE}}
const customer = "254708374149"; // {{CUSTOMER}}
const callbackUrl = "https://example.com/payments"; // {{CALLBACK_URL}}

const daraja = new Daraja({
  baseUrl,
  environment: "sandbox",
  consumerKey,
  consumerSecret,
  shortcode: shortCode,
  callbackUrl,
  resultUrl: callbackUrl,
});

const answer = succeeded(
  await daraja.createRatibaOrder({
    name: createReference(),
    startDate: "2024-09-05",
    endDate: "2023-09-05",
    receiverKind: "paybill",
    amount: "4500",
    msisdn: customer,
    accountReference: "Test",
    description: "Test",
    frequency: "daily",
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
