/**
 * Transaction status. Asks what became of a payment, by its receipt, its ConversationID or its
 * OriginatorConversationID. Only an organisation that took part in it can ask. A
 * CheckoutRequestID is for the STK query alone.
 *
 * Needs @pesarail/sdk (npm install @pesarail/sdk), and Node 22.18 or newer, which runs
 * TypeScript directly. (On Node 20: npx tsx instead of node.)
 *
 *   node docs/samples/daraja/typescript-sdk/transaction-status.mts
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
const initiatorName = sandbox.initiatorName; // {{INITIATOR_NAME}}
const securityCredential = sandbox.securityCredential; // {{SECURITY_CREDENTIAL}}
const customer = "254708374149"; // {{CUSTOMER}}
const callbackUrl = "https://example.com/payments"; // {{CALLBACK_URL}}

const daraja = new Daraja({
  baseUrl,
  environment: "sandbox",
  consumerKey,
  consumerSecret,
  shortcode: shortCode,
  initiator: { name: initiatorName, securityCredential },
  callbackUrl,
  resultUrl: callbackUrl,
});

// First, pay a customer.
const payout = succeeded(
  await daraja.payOut({
    reference: createReference(),
    command: "BusinessPayment",
    amount: "10",
    msisdn: customer,
    remarks: "Salary of May",
    occasion: "ChristmasPay",
  }),
);
console.log(payout);

// Then, query the payment by the id that it was sent with. The result goes to the ResultURL.
const answer = succeeded(
  await daraja.queryTransaction({
    originatorConversationId: payout.originatorConversationId,
    shortcodeKind: "paybill",
    remarks: "ok",
    occasion: "Query",
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
