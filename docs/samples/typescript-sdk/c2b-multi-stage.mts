/**
 * C2B two-step, first step. Holds a customer's money for an organisation.
 * updateTransactionStatus commits or releases it with the voucher code. A hold that is neither
 * committed nor released expires.
 *
 * Needs @pesarail/sdk (npm install @pesarail/sdk), and Node 22.18 or newer, which runs
 * TypeScript directly. (On Node 20: npx tsx instead of node.)
 *
 *   node docs/samples/typescript-sdk/c2b-multi-stage.mts
 */
import { readFileSync } from "node:fs"; // {{SANDBOX}}
import { MpesaOpenApi, createReference, type Accepted, type Result } from "@pesarail/sdk";

// Unchanged, this calls the sandbox on this machine, with the keys from data/sandbox.json. {{SANDBOX}}
// Put your own value into each line that ends with a name in double braces. {{SANDBOX}}
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

const answer = accepted(
  await mpesa.reserve({
    amount: "10.00",
    msisdn: customer,
    transactionReference: "T12344C",
    reference: createReference(),
    description: "Shoes",
  }),
);
console.log(answer);

/** Returns an accepted result. Exits for every other outcome. */
function accepted<T>(result: Result<T>): Accepted<T> {
  if (result.outcome === "accepted") return result;
  // Unknown is not refused: the payment may have completed. mpesa.waitForOutcome(result.reference) finds out.
  const outcome = result.outcome === "refused" ? "Refused" : "Unknown result";
  console.error(`${outcome}: ${result.code ?? "no code"} ${result.reason}`);
  console.error(result.advice);
  return process.exit(1);
}
