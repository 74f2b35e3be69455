/**
 * Reversal. Takes a completed payment back from whoever received it, in full or in part. Only
 * an organisation that was party to it may ask.
 *
 * Needs @pesarail/sdk (npm install @pesarail/sdk), and Node 22.18 or newer, which runs
 * TypeScript as it is. (On Node 20: npx tsx instead of node.)
 *
 *   node docs/samples/typescript-sdk/reversal.mts
 */
import { readFileSync } from "node:fs"; // {{SANDBOX}}
import { MpesaOpenApi, createReference, type Accepted, type Result } from "@pesarail/sdk";

// As it stands, this asks the sandbox on this machine, whose keys are in data/sandbox.json. {{SANDBOX}}
// A line with a name in double braces is one to put your own value in. {{SANDBOX}}
const sandboxFile = process.env.SANDBOX_JSON ?? "data/sandbox.json"; // {{SANDBOX}}
const sandbox = JSON.parse(readFileSync(sandboxFile, "utf8")); // {{SANDBOX}}
const gateway = sandbox.gateway; // {{GATEWAY}}
const environment = "sandbox"; // {{ENVIRONMENT}}
const market = "vodacomTZN"; // {{MARKET}}
const apiKey = sandbox.openapi.apiKey; // {{API_KEY}}
const publicKey = sandbox.openapi.publicKey; // {{PUBLIC_KEY}}
const customer = "255750000001"; // {{CUSTOMER}}
const organisation = "000000"; // {{ORGANISATION}}

const mpesa = new MpesaOpenApi({
  baseUrl: gateway,
  environment,
  market,
  apiKey,
  publicKey,
  serviceProviderCode: organisation,
});

// First a payment, so that there is one to reverse.
const payment = accepted(
  await mpesa.collect({
    amount: "10.00",
    msisdn: customer,
    transactionReference: "T12344C",
    reference: createReference(),
    description: "Shoes",
  }),
);
console.log(payment);

// Then the reversal. Without an amount it takes back all that is left.
const answer = accepted(
  await mpesa.reverse({
    amount: "10.00",
    transactionId: payment.transactionId,
    reference: createReference(),
  }),
);
console.log(answer);

/** What was accepted. Ends the program for every other outcome. */
function accepted<T>(result: Result<T>): Accepted<T> {
  if (result.outcome === "accepted") return result;
  // Not known is no "no": the payment may have gone through, and mpesa.waitForOutcome(result.reference) finds out.
  const outcome = result.outcome === "refused" ? "Refused" : "Not known";
  console.error(`${outcome}: ${result.code ?? "no code"} ${result.reason}`);
  console.error(result.advice);
  return process.exit(1);
}
