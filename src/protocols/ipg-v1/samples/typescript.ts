/** Samples in TypeScript: Node without packages. */
import { spellings } from "../../samples/spellings.ts";
import { renderSandboxNote, sandboxLines } from "../../samples/text.ts";
import {
  header,
  renderDeclarations,
  renderStepComment,
  toExpressions,
  type IpgV1SampleLanguage,
} from "./language.ts";
import type { IpgV1SampleCall, IpgV1SampleStep } from "./sample-calls.ts";

const language: Omit<IpgV1SampleLanguage, "render"> = {
  id: "typescript",
  title: "TypeScript",
  needs: "Node 22.18 or newer, which runs TypeScript directly. (On Node 20: npx tsx instead of node.)",
  fileName: ({ name }) => `${name}.mts`,
  run: (path) => `node ${path}`,
};

export const typescript: IpgV1SampleLanguage = { ...language, render };

function render(call: IpgV1SampleCall, path: string): string {
  return `/**
${header(call, language, path)
  .map((line) => ` * ${line}`.trimEnd())
  .join("\n")}
 */
import { constants, createPublicKey, publicEncrypt, randomUUID } from "node:crypto";
${sandboxLines("//", ['import { readFileSync } from "node:fs";']).join("\n")}

${[
  ...renderSandboxNote("//"),
  ...sandboxLines("//", [
    'const sandboxFile = process.env.SANDBOX_JSON ?? "data/sandbox.json";',
    'const sandbox = JSON.parse(readFileSync(sandboxFile, "utf8")).ipgV1;',
  ]),
  ...renderDeclarations(call, "typescript", {
    gateway: "const gateway = sandbox.url;",
    apiKey: "const apiKey = sandbox.apiKey;",
    publicKey: "const publicKey = sandbox.publicKey;",
  }),
].join("\n")}
${call.steps.map(renderStep).join("")}
${functions}`;
}

const functions = `type Fields = Record<string, string>;

/** Makes a call and returns its response. Exits if it was not accepted. */
async function call(method: string, path: string, parameters: Fields): Promise<Fields> {
  const url = new URL(\`\${gateway}/ipg/v1x/\${path}/\`);
  const headers = { Authorization: \`Bearer \${bearer()}\`, Origin: "*", "Content-Type": "application/json" };
  if (method === "GET") url.search = new URLSearchParams(parameters).toString();
  const body = method === "GET" ? null : JSON.stringify(parameters);
  const response = await fetch(url, { method, headers, body });
  const answer = (await response.json()) as Fields;

  const { output_ResponseCode: code = "", output_ResponseDesc: reason = "" } = answer;
  if (code === "INS-0") return answer;
  if (code === "" || code === "INS-1" || code === "INS-9") {
    // The result is unknown: the payment may have completed. The same holds when the connection breaks.
    console.error(\`Unknown result: HTTP \${response.status} \${code} \${reason}\`);
    const reference = parameters.input_ThirdPartyReference;
    console.error(\`Query \${reference} with queryTransactionStatus before you try again.\`);
  } else {
    console.error(\`Refused: \${code} \${reason}\`);
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
`;

function renderStep(step: IpgV1SampleStep): string {
  const { name, operation } = step;
  const parameters = toExpressions(step, {
    quote: spellings.typescript.quote,
    value: spellings.typescript.spell,
    newReference: "newReference()",
    responseField: (field) => `payment.${field} ?? ""`,
  }).map(([field, value]) => `  ${field}: ${value},`);
  return `
${[
  ...renderStepComment(step, "//"),
  `const ${name} = await call("${operation.method}", "${operation.path}", {`,
  ...parameters,
  "});",
  `console.log(${name});`,
].join("\n")}
`;
}
