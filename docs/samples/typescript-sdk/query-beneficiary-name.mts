/**
 * Query beneficiary name. Returns the name that a customer is registered under. Available only
 * in vodafoneGHA.
 *
 * Needs @pesarail/sdk (npm install @pesarail/sdk), and Node 22.18 or newer, which runs
 * TypeScript directly. (On Node 20: npx tsx instead of node.)
 *
 *   node docs/samples/typescript-sdk/query-beneficiary-name.mts
 */
import { readFileSync } from "node:fs"; // {{SANDBOX}}
import { MpesaOpenApi, createReference, type Accepted, type Result } from "@pesarail/sdk";

// Unchanged, this calls the sandbox on this machine, with the keys from data/sandbox.json. {{SANDBOX}}
// Put your own value into each line that ends with a name in double braces. {{SANDBOX}}
const sandboxFile = process.env.SANDBOX_JSON ?? "data/sandbox.json"; // {{SANDBOX}}
const sandbox = JSON.parse(readFileSync(sandboxFile, "utf8")); // {{SANDBOX}}
const gateway = sandbox.gateway; // {{GATEWAY}}
const environment = "sandbox"; // {{ENVIRONMENT}}
const market = "vodafoneGHA"; // {{MARKET}}
const apiKey = sandbox.openapi.apiKey; // {{API_KEY}}
const publicKey = sandbox.openapi.publicKey; // {{PUBLIC_KEY}}
const customer = "233200000001"; // {{CUSTOMER}}
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
  await mpesa.queryBeneficiary({
    msisdn: customer,
    reference: createReference(),
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
