/**
 * STK push. Asks a customer on their handset to pay a paybill or a till. The response
 * acknowledges the request, and the result follows at the CallBackURL.
 *
 * Needs Node 22.18 or newer, which runs TypeScript directly. (On Node 20: npx tsx instead of
 * node.)
 *
 *   node docs/samples/daraja/typescript/stk-push.mts
 */
import { readFileSync } from "node:fs"; // {{SANDBOX}}

// Unchanged, this calls the sandbox on this machine, with the keys from data/sandbox.json. {{SANDBOX}}
// Put your own value into each line that ends with a name in double braces. {{SANDBOX}}
const sandboxFile = process.env.SANDBOX_JSON ?? "data/sandbox.json"; // {{SANDBOX}}
const sandbox = JSON.parse(readFileSync(sandboxFile, "utf8")).daraja; // {{SANDBOX}}
const baseUrl = sandbox.url; // {{BASE_URL}}
const consumerKey = sandbox.consumerKey; // {{CONSUMER_KEY}}
const consumerSecret = sandbox.consumerSecret; // {{CONSUMER_SECRET}}
const shortCode = sandbox.shortCode; // {{SHORT_CODE}}
const passkey = sandbox.passkey; // {{PASSKEY}}
const customer = "254708374149"; // {{CUSTOMER}}
const callbackUrl = "https://example.com/payments"; // {{CALLBACK_URL}}

const basic = Buffer.from(`${consumerKey}:${consumerSecret}`).toString("base64");
const { access_token: token } = await send("/oauth/v1/generate?grant_type=client_credentials", {
  headers: { Authorization: `Basic ${basic}` },
});

// The password of STK calls has the time in Nairobi.
const nairobi = new Date(Date.now() + 3 * 3_600_000).toISOString();
const timestamp = nairobi.replaceAll(/\D/g, "").slice(0, 14);
const password = Buffer.from(shortCode + passkey + timestamp).toString("base64");

const answer = await call("/mpesa/stkpush/v1/processrequest", {
  BusinessShortCode: shortCode,
  Password: password,
  Timestamp: timestamp,
  TransactionType: "CustomerPayBillOnline",
  Amount: 1,
  PartyA: customer,
  PartyB: shortCode,
  PhoneNumber: customer,
  CallBackURL: callbackUrl,
  AccountReference: "CompanyXLTD",
  TransactionDesc: "Payment of X",
});
console.log(answer);

function call(path: string, body: object) {
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
  return send(path, { method: "POST", headers, body: JSON.stringify(body) });
}

/** Returns the response. Exits if it was not accepted. */
async function send(path: string, init: RequestInit): Promise<Record<string, string>> {
  const response = await fetch(baseUrl + path, init);
  const answer = (await response.json()) as Record<string, string>;
  if (response.ok) return answer;
  // After a 5xx the result is unknown: the payment may complete. The same holds when the connection breaks.
  const outcome = response.status < 500 ? "Refused" : "Unknown result, or refused";
  console.error(`${outcome}: ${answer.errorCode} ${answer.errorMessage}`);
  return process.exit(1);
}
