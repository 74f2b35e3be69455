/**
 * C2B single stage. A customer pays an organisation. The customer confirms on their handset,
 * and the money moves in one step.
 *
 * Needs Node 22.18 or newer, which runs TypeScript directly. (On Node 20: npx tsx instead of
 * node.)
 *
 *   node docs/samples/typescript/c2b-single-stage.mts
 */
import { constants, createPublicKey, publicEncrypt, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs"; // {{SANDBOX}}
import { setTimeout } from "node:timers/promises";

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
const country = "TZN"; // {{COUNTRY}}
const currency = "TZS"; // {{CURRENCY}}
const organisation = "000000"; // {{ORGANISATION}}

const { output_SessionID: session = "" } = await call("GET", "getSession", apiKey, {});

const answer = await call("POST", "c2bPayment/singleStage", session, {
  input_Amount: "10.00",
  input_CustomerMSISDN: customer,
  input_Country: country,
  input_Currency: currency,
  input_ServiceProviderCode: organisation,
  input_TransactionReference: "T12344C",
  input_ThirdPartyConversationID: newReference(),
  input_PurchasedItemsDesc: "Shoes",
});
console.log(answer);

type Fields = Record<string, string>;

/** Makes a call and returns its response. Exits if it was not accepted. */
async function call(method: string, path: string, key: string, parameters: Fields): Promise<Fields> {
  let { status, answer } = await send(method, path, key, parameters);
  // M-Pesa may refuse a new session for up to half a minute.
  for (let tries = 0; status === 401 && answer.output_error !== undefined && tries < 60; tries += 1) {
    await setTimeout(1000);
    ({ status, answer } = await send(method, path, key, parameters));
  }

  const { output_ResponseCode: code = `HTTP ${status}`, output_ResponseDesc: reason = "" } = answer;
  if (code === "INS-0" || code === "INS-GAR-0") return answer;
  if (code.startsWith("HTTP") || code === "INS-1" || code === "INS-9") {
    // The result is unknown: the payment may have completed. The same holds when the connection breaks.
    const reference = parameters.input_ThirdPartyConversationID;
    console.error(`Unknown result: ${code} ${reason}`);
    console.error(`Query ${reference} with queryTransactionStatus before you try again.`);
  } else {
    console.error(`Refused: ${code} ${reason}`);
  }
  return process.exit(1);
}

async function send(method: string, path: string, key: string, parameters: Fields) {
  const url = new URL(`${gateway}/${environment}/ipg/v2/${market}/${path}/`);
  const headers = { Authorization: `Bearer ${bearer(key)}`, Origin: "*", "Content-Type": "application/json" };
  if (method === "GET") url.search = new URLSearchParams(parameters).toString();
  const body = method === "GET" ? null : JSON.stringify(parameters);
  const response = await fetch(url, { method, headers, body });
  return { status: response.status, answer: (await response.json()) as Fields };
}

/** Encrypts a key, because M-Pesa does not accept it in plain text. */
function bearer(key: string): string {
  const der = Buffer.from(publicKey, "base64");
  const to = createPublicKey({ key: der, format: "der", type: "spki" });
  const encrypted = publicEncrypt({ key: to, padding: constants.RSA_PKCS1_PADDING }, Buffer.from(key));
  return encrypted.toString("base64");
}

/** A new id for a request: 32 letters and digits. */
function newReference(): string {
  return randomUUID().replaceAll("-", "");
}
