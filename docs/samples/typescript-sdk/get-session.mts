/**
 * Generate session key. Exchanges an application's API key for a session key, which all other
 * calls are made with.
 *
 * Needs @pesarail/sdk (npm install @pesarail/sdk), and Node 22.18 or newer, which runs
 * TypeScript as it is. (On Node 20: npx tsx instead of node.)
 *
 *   node docs/samples/typescript-sdk/get-session.mts
 */
import { readFileSync } from "node:fs"; // {{SANDBOX}}
import { MpesaOpenApi, type Accepted, type Result } from "@pesarail/sdk";

// As it stands, this asks the sandbox on this machine, whose keys are in data/sandbox.json. {{SANDBOX}}
// A line with a name in double braces is one to put your own value in. {{SANDBOX}}
const sandboxFile = process.env.SANDBOX_JSON ?? "data/sandbox.json"; // {{SANDBOX}}
const sandbox = JSON.parse(readFileSync(sandboxFile, "utf8")); // {{SANDBOX}}
const gateway = sandbox.gateway; // {{GATEWAY}}
const environment = "sandbox"; // {{ENVIRONMENT}}
const market = "vodacomTZN"; // {{MARKET}}
const apiKey = sandbox.openapi.apiKey; // {{API_KEY}}
const publicKey = sandbox.openapi.publicKey; // {{PUBLIC_KEY}}

const mpesa = new MpesaOpenApi({
  baseUrl: gateway,
  environment,
  market,
  apiKey,
  publicKey,
});

// The client does this by itself: you need the key only for what the client cannot do.
const answer = accepted(await mpesa.getSession());
console.log(`The session key is ${answer.sessionKey}`);

/** What was accepted. Ends the program for every other outcome. */
function accepted<T>(result: Result<T>): Accepted<T> {
  if (result.outcome === "accepted") return result;
  // Not known is no "no": the payment may have gone through, and mpesa.waitForOutcome(result.reference) finds out.
  const outcome = result.outcome === "refused" ? "Refused" : "Not known";
  console.error(`${outcome}: ${result.code ?? "no code"} ${result.reason}`);
  console.error(result.advice);
  return process.exit(1);
}
