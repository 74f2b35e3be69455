/**
 * LNMO confirmTransaction. Confirms a checkout: the customer gets the prompt, and the result
 * goes to the CALL_BACK_URL. Repeating it does nothing.
 *
 * Needs Node 22.18 or newer, which runs TypeScript, no packages.
 *
 *   node docs/samples/soap/typescript/lnmo-confirm-transaction.mts
 */
import { createHash, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs"; // {{SANDBOX}}

// Unchanged, this calls the sandbox on this machine, with the keys from data/sandbox.json. {{SANDBOX}}
// Put your own value into each line that ends with a name in double braces. {{SANDBOX}}
const sandboxFile = process.env.SANDBOX_JSON ?? "data/sandbox.json"; // {{SANDBOX}}
const sandbox = JSON.parse(readFileSync(sandboxFile, "utf8")).soap; // {{SANDBOX}}
const baseUrl = sandbox.url; // {{BASE_URL}}
const merchantId = sandbox.lnmo.merchantId; // {{MERCHANT_ID}}
const passkey = sandbox.lnmo.passkey; // {{PASSKEY}}
const customer = "254708374149"; // {{CUSTOMER}}
const callBackUrl = "http://127.0.0.1:9/callback"; // {{CALL_BACK_URL}}

// PASSWORD is a SHA-256 in hexadecimal digits, in base64.
const timestamp = new Date().toISOString().replace(/\D/g, "").slice(0, 14);
const hex = createHash("sha256")
  .update(merchantId + passkey + timestamp)
  .digest("hex");
const password = Buffer.from(hex).toString("base64");

const escapeXml = (text: string): string => text.replace(/[&<>]/g, (mark) => `&#${mark.charCodeAt(0)};`);
const toElements = (fields: Record<string, string>): string =>
  Object.entries(fields)
    .map(([name, value]) => `<${name}>${escapeXml(value)}</${name}>`)
    .join("");

/** Makes a call, and returns how to find a field of its answer. Ends the program unless its code is 00. */
async function call(element: string, fields: Record<string, string>): Promise<(name: string) => string> {
  const header = { MERCHANT_ID: merchantId, PASSWORD: password, TIMESTAMP: timestamp };
  const response = await fetch(baseUrl + "/mpesa_online/lnmo_checkout_server.php", {
    method: "POST",
    headers: { "Content-Type": "text/xml;charset=UTF-8", SOAPAction: '""' },
    body: `<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:tns="tns:ns">
  <soapenv:Header><tns:CheckOutHeader>${toElements(header)}</tns:CheckOutHeader></soapenv:Header>
  <soapenv:Body><tns:${element}>${toElements(fields)}</tns:${element}></soapenv:Body>
</soapenv:Envelope>`,
  });
  const answer = await response.text();
  const find = (name: string): string => new RegExp(`<${name}>([^<]*)`).exec(answer)?.[1] ?? "";
  console.log(`${element}: ${find("RETURN_CODE")} ${find("DESCRIPTION")}`);
  if (find("RETURN_CODE") !== "00") process.exit(1);
  return find;
}

const transactionId = randomUUID();
// Announces the payment. No phone rings.
const checkout = await call("processCheckOutRequest", {
  MERCHANT_TRANSACTION_ID: transactionId,
  REFERENCE_ID: "1112254500",
  AMOUNT: "54",
  MSISDN: customer,
  ENC_PARAMS: "",
  CALL_BACK_URL: callBackUrl,
  CALL_BACK_METHOD: "xml",
});
// Confirms it: the customer is asked now. The result follows at the CALL_BACK_URL.
await call("transactionConfirmRequest", {
  TRX_ID: checkout("TRX_ID"),
});
