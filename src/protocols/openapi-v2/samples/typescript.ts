/** Samples in TypeScript: Node without packages. */
import type { SampleLanguage } from "./language.ts";
import { renderDeclarations, toExpressions, header, renderStepComment, renderSteps } from "./language.ts";
import type { SampleCall, SampleStep } from "./sample-calls.ts";
import { renderSandboxNote, sandboxLines } from "../../samples/text.ts";
import { spellings } from "../../samples/spellings.ts";

const language: Omit<SampleLanguage, "render"> = {
  id: "typescript",
  title: "TypeScript",
  needs: "Node 22.18 or newer, which runs TypeScript directly. (On Node 20: npx tsx instead of node.)",
  tested: "executed",
  fileName: ({ name }) => `${name}.mts`,
  run: (path) => `node ${path}`,
};

export const typescript: SampleLanguage = { ...language, render };

function render(call: SampleCall, path: string): string {
  const fromCrypto = ["constants", "createPublicKey", "publicEncrypt"];
  if (call.steps.length > 0) fromCrypto.push("randomUUID");
  return `/**
${header(call, language, path)
  .map((line) => ` * ${line}`.trimEnd())
  .join("\n")}
 */
import { ${fromCrypto.join(", ")} } from "node:crypto";
${sandboxLines("//", ['import { readFileSync } from "node:fs";']).join("\n")}
import { setTimeout } from "node:timers/promises";

${[
  ...renderSandboxNote("//"),
  ...sandboxLines("//", [
    'const sandboxFile = process.env.SANDBOX_JSON ?? "data/sandbox.json";',
    'const sandbox = JSON.parse(readFileSync(sandboxFile, "utf8"));',
  ]),
  ...renderDeclarations(call, "typescript", {
    gateway: "const gateway = sandbox.gateway;",
    apiKey: "const apiKey = sandbox.openapi.apiKey;",
    publicKey: "const publicKey = sandbox.openapi.publicKey;",
  }),
].join("\n")}

const { output_SessionID: session = "" } = await call("GET", "getSession", apiKey, {});
${call.steps.length === 0 ? "console.log(`The session key is ${session}`);\n" : renderSteps(call, renderStep, "const mandateReference = newReference();")}
${functions}${call.steps.length === 0 ? "" : newReference}`;
}

const functions = `type Fields = Record<string, string>;

/** Makes a call and returns its response. Exits if it was not accepted. */
async function call(method: string, path: string, key: string, parameters: Fields): Promise<Fields> {
  let { status, answer } = await send(method, path, key, parameters);
  // M-Pesa may refuse a new session for up to half a minute.
  for (let tries = 0; status === 401 && answer.output_error !== undefined && tries < 60; tries += 1) {
    await setTimeout(1000);
    ({ status, answer } = await send(method, path, key, parameters));
  }

  const { output_ResponseCode: code = \`HTTP \${status}\`, output_ResponseDesc: reason = "" } = answer;
  if (code === "INS-0" || code === "INS-GAR-0") return answer;
  if (code.startsWith("HTTP") || code === "INS-1" || code === "INS-9") {
    // The result is unknown: the payment may have completed. The same holds when the connection breaks.
    const reference = parameters.input_ThirdPartyConversationID;
    console.error(\`Unknown result: \${code} \${reason}\`);
    console.error(\`Query \${reference} with queryTransactionStatus before you try again.\`);
  } else {
    console.error(\`Refused: \${code} \${reason}\`);
  }
  return process.exit(1);
}

async function send(method: string, path: string, key: string, parameters: Fields) {
  const url = new URL(\`\${gateway}/\${environment}/ipg/v2/\${market}/\${path}/\`);
  const headers = { Authorization: \`Bearer \${bearer(key)}\`, Origin: "*", "Content-Type": "application/json" };
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
`;

const newReference = `
/** A new id for a request: 32 letters and digits. */
function newReference(): string {
  return randomUUID().replaceAll("-", "");
}
`;

function renderStep(step: SampleStep): string {
  const { name, operation } = step;
  const parameters = toExpressions(step, {
    quote: spellings.typescript.quote,
    value: spellings.typescript.spell,
    newReference: "newReference()",
    mandateReference: "mandateReference",
    responseField: (stepName, field) => `${stepName}.${field} ?? ""`,
  }).map(([field, value]) => `  ${field}: ${value},`);
  return `
${[
  ...renderStepComment(step, "//"),
  `const ${name} = await call("${operation.method}", "${operation.path}", session, {`,
  ...parameters,
  "});",
  `console.log(${name});`,
].join("\n")}
`;
}
