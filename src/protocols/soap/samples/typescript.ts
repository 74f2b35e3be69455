/** Samples for Node in TypeScript: no packages. */
import { spellings } from "../../samples/spellings.ts";
import { renderSandboxNote, sandboxLines } from "../../samples/text.ts";
import {
  header,
  renderDeclarations,
  renderLines,
  type SoapSampleLanguage,
  type SoapSampleLanguageInfo,
} from "./language.ts";
import type { SoapSampleCall } from "./sample-calls.ts";

const language: SoapSampleLanguageInfo = {
  id: "typescript",
  title: "TypeScript",
  needs: "Node 22.18 or newer, which runs TypeScript, no packages.",
  fileName: ({ name }) => `${name}.mts`,
  run: (path) => `node ${path}`,
};

export const typescript: SoapSampleLanguage = { ...language, render };

const { quote } = spellings.typescript;

/** Markup has double quotes, and nothing of it has single ones. */
const quoteMarkup = (text: string): string => (text.includes('"') ? `'${text}'` : quote(text));

function render(call: SoapSampleCall, path: string): string {
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
  ...renderDeclarations(call, "typescript", (name, spelt) => `const ${spelt} = sandbox.${name};`),
].join("\n")}

const conversationId = \`\${spId}_\${randomUUID()}\`;
const document = [
${renderLines(call, "typescript", {
  operator: "+",
  conversationId: "conversationId",
  quote: quoteMarkup,
})
  .map((line) => `  ${line},`)
  .join("\n")}
].join("\\n");

// The digest of the password: SHA-256 in hexadecimal digits, in base64.
const timeStamp = new Date().toISOString().replace(/\\D/g, "").slice(0, 14);
const hex = createHash("sha256")
  .update(spId + spPassword + timeStamp)
  .digest("hex");
const digest = Buffer.from(hex).toString("base64");

const envelope = \`<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"
    xmlns:req="http://api-v1.gen.mm.vodafone.com/mminterface/request">
  <soapenv:Header>
    <tns:RequestSOAPHeader xmlns:tns="http://www.huawei.com.cn/schema/common/v2_1">
      <tns:spId>\${spId}</tns:spId>
      <tns:spPassword>\${digest}</tns:spPassword>
      <tns:serviceId>\${serviceId}</tns:serviceId>
      <tns:timeStamp>\${timeStamp}</tns:timeStamp>
    </tns:RequestSOAPHeader>
  </soapenv:Header>
  <soapenv:Body><req:RequestMsg><![CDATA[\${document}]]></req:RequestMsg></soapenv:Body>
</soapenv:Envelope>\`;

const response = await fetch(baseUrl + ${quote(call.path)}, {
  method: "POST",
  headers: { "Content-Type": "text/xml;charset=UTF-8", SOAPAction: '""' },
  body: envelope,
});
const answer = await response.text();
const find = (name: string): string => new RegExp(\`<\${name}>([^<]*)\`).exec(answer)?.[1] ?? "";
console.log(find("ResponseCode"), find("ResponseDesc"));
// Zeros are a success: the result follows at the ResultURL.
process.exitCode = /^0+$/.test(find("ResponseCode")) ? 0 : 1;
`;
}
