/**
 * Query customer name of IPG v1 in Mozambique. Returns the name that a customer is registered
 * under, with its middle masked. An application without this product gets INS-26.
 *
 * Needs Node 22.18 or newer, which runs TypeScript directly. (On Node 20: npx tsx instead of
 * node.)
 *
 *   node docs/samples/ipg-v1/typescript/query-customer-name.mts
 */
import { constants, createPublicKey, publicEncrypt, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs"; // {{SANDBOX}}

// Unchanged, this calls the sandbox on this machine, with the keys from data/sandbox.json. {{SANDBOX}}
// Put your own value into each line that ends with a name in double braces. {{SANDBOX}}
const sandboxFile = process.env.SANDBOX_JSON ?? "data/sandbox.json"; // {{SANDBOX}}
const sandbox = JSON.parse(readFileSync(sandboxFile, "utf8")).ipgV1; // {{SANDBOX}}
const gateway = sandbox.url; // {{GATEWAY}}
const apiKey = sandbox.apiKey; // {{API_KEY}}
const publicKey = sandbox.publicKey; // {{PUBLIC_KEY}}
const customer = "258843330333"; // {{CUSTOMER}}
const organisation = "171717"; // {{ORGANISATION}}

const answer = await call("GET", "queryCustomerName", {
  input_CustomerMSISDN: customer,
  input_ThirdPartyReference: newReference(),
  input_ServiceProviderCode: organisation,
});
console.log(answer);

type Fields = Record<string, string>;

/** Makes a call and returns its response. Exits if it was not accepted. */
async function call(method: string, path: string, parameters: Fields): Promise<Fields> {
  const url = new URL(`${gateway}/ipg/v1x/${path}/`);
  const headers = { Authorization: `Bearer ${bearer()}`, Origin: "*", "Content-Type": "application/json" };
  if (method === "GET") url.search = new URLSearchParams(parameters).toString();
  const body = method === "GET" ? null : JSON.stringify(parameters);
  const response = await fetch(url, { method, headers, body });
  const answer = (await response.json()) as Fields;

  const { output_ResponseCode: code = "", output_ResponseDesc: reason = "" } = answer;
  if (code === "INS-0") return answer;
  if (code === "" || code === "INS-1" || code === "INS-9") {
    // The result is unknown: the payment may have completed. The same holds when the connection breaks.
    console.error(`Unknown result: HTTP ${response.status} ${code} ${reason}`);
    const reference = parameters.input_ThirdPartyReference;
    console.error(`Query ${reference} with queryTransactionStatus before you try again.`);
  } else {
    console.error(`Refused: ${code} ${reason}`);
  }
  return process.exit(1);
}

/** Encrypts the API key, because M-Pesa does not accept it in plain text. There is no session. */
function bearer(): string {
  const der = Buffer.from(publicKey, "base64");
  const to = createPublicKey({ key: der, format: "der", type: "spki" });
  const encrypted = publicEncrypt({ key: to, padding: constants.RSA_PKCS1_PADDING }, Buffer.from(apiKey));
  return encrypted.toString("base64");
}

/** A new id for a request: 32 letters and digits. */
function newReference(): string {
  return randomUUID().replaceAll("-", "");
}
