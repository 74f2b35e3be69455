/** The checkout's samples for Node in TypeScript: no packages. */
import { renderSandboxNote, sandboxLines } from "../../../samples/text.ts";
import { header } from "../../samples/language.ts";
import { typescript as language } from "../../samples/typescript.ts";
import { lnmoNamespace, lnmoPath } from "../names.ts";
import { findUsedAnswer, listFields, renderDeclarations, type LnmoSampleLanguage } from "./language.ts";
import type { LnmoSampleCall, LnmoSampleStep } from "./sample-calls.ts";

export const typescript: LnmoSampleLanguage = { ...language, render };

function render(call: LnmoSampleCall, path: string): string {
  return `/**
${header(call, language, path)
  .map((line) => ` * ${line}`.trimEnd())
  .join("\n")}
 */
import { createHash, randomUUID } from "node:crypto";
${[
  ...sandboxLines("//", ['import { readFileSync } from "node:fs";']),
  "",
  ...renderSandboxNote("//"),
  ...sandboxLines("//", [
    'const sandboxFile = process.env.SANDBOX_JSON ?? "data/sandbox.json";',
    'const sandbox = JSON.parse(readFileSync(sandboxFile, "utf8")).soap;',
  ]),
  ...renderDeclarations(
    "typescript",
    (keys, spelt) => `const ${spelt} = sandbox${keys.map((key) => `.${key}`).join("")};`,
  ),
].join("\n")}

// PASSWORD is a SHA-256 in hexadecimal digits, in base64.
const timestamp = new Date().toISOString().replace(/\\D/g, "").slice(0, 14);
const hex = createHash("sha256")
  .update(merchantId + passkey + timestamp)
  .digest("hex");
const password = Buffer.from(hex).toString("base64");

const escapeXml = (text: string): string => text.replace(/[&<>]/g, (mark) => \`&#\${mark.charCodeAt(0)};\`);
const toElements = (fields: Record<string, string>): string =>
  Object.entries(fields)
    .map(([name, value]) => \`<\${name}>\${escapeXml(value)}</\${name}>\`)
    .join("");

/** Makes a call, and returns how to find a field of its answer. Ends the program unless its code is 00. */
async function call(element: string, fields: Record<string, string>): Promise<(name: string) => string> {
  const header = { MERCHANT_ID: merchantId, PASSWORD: password, TIMESTAMP: timestamp };
  const response = await fetch(baseUrl + "${lnmoPath}", {
    method: "POST",
    headers: { "Content-Type": "text/xml;charset=UTF-8", SOAPAction: '""' },
    body: \`<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:tns="${lnmoNamespace}">
  <soapenv:Header><tns:CheckOutHeader>\${toElements(header)}</tns:CheckOutHeader></soapenv:Header>
  <soapenv:Body><tns:\${element}>\${toElements(fields)}</tns:\${element}></soapenv:Body>
</soapenv:Envelope>\`,
  });
  const answer = await response.text();
  const find = (name: string): string => new RegExp(\`<\${name}>([^<]*)\`).exec(answer)?.[1] ?? "";
  console.log(\`\${element}: \${find("RETURN_CODE")} \${find("DESCRIPTION")}\`);
  if (find("RETURN_CODE") !== "00") process.exit(1);
  return find;
}

const transactionId = randomUUID();
${call.steps.map((step) => renderStep(call, step)).join("\n")}
`;
}

function renderStep(call: LnmoSampleCall, step: LnmoSampleStep): string {
  const used = findUsedAnswer(call, step);
  const fields = listFields(step, "typescript", {
    transactionId: "transactionId",
    trxId: 'checkout("TRX_ID")',
  });
  return `// ${step.comment}
${used === null ? "" : `const ${used} = `}await call("${step.operation.request}", {
${fields.map(([name, expression]) => `  ${name}: ${expression},`).join("\n")}
});${used === "status" ? '\nconsole.log(status("TRX_STATUS"));' : ""}`;
}
