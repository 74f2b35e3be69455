/** Samples in TypeScript: Node without packages. */
import { spellings } from "../../samples/spellings.ts";
import { renderSandboxNote, sandboxLines } from "../../samples/text.ts";
import {
  header,
  renderDeclarations,
  renderStepComment,
  renderTree,
  type DarajaSampleLanguage,
} from "./language.ts";
import { sandboxValues, usesSource, type DarajaSampleCall, type DarajaSampleStep } from "./sample-calls.ts";

const language: Omit<DarajaSampleLanguage, "render"> = {
  id: "typescript",
  title: "TypeScript",
  needs: "Node 22.18 or newer, which runs TypeScript directly. (On Node 20: npx tsx instead of node.)",
  tested: "executed",
  fileName: ({ name }) => `${name}.mts`,
  run: (path) => `node ${path}`,
};

export const typescript: DarajaSampleLanguage = { ...language, render };

function render(call: DarajaSampleCall, path: string): string {
  return `/**
${header(call, language, path)
  .map((line) => ` * ${line}`.trimEnd())
  .join("\n")}
 */
${usesSource(call, "newReference") ? 'import { randomUUID } from "node:crypto";\n' : ""}${sandboxLines("//", ['import { readFileSync } from "node:fs";']).join("\n")}

${[
  ...renderSandboxNote("//"),
  ...sandboxLines("//", [
    'const sandboxFile = process.env.SANDBOX_JSON ?? "data/sandbox.json";',
    'const sandbox = JSON.parse(readFileSync(sandboxFile, "utf8")).daraja;',
  ]),
  ...renderDeclarations(
    call,
    "typescript",
    (name, spelt) => `const ${spelt} = sandbox.${sandboxValues[name]};`,
  ),
].join("\n")}

const basic = Buffer.from(\`\${consumerKey}:\${consumerSecret}\`).toString("base64");
const { access_token: token } = await send("/oauth/v1/generate?grant_type=client_credentials", {
  headers: { Authorization: \`Basic \${basic}\` },
});
${call.steps.length === 0 ? "console.log(`The token is ${token}`);\n" : `${usesSource(call, "stk") ? password : ""}${call.steps.map(renderStep).join("")}`}
${call.steps.length === 0 ? "" : post}${functions}`;
}

const password = `
// The password of STK calls has the time in Nairobi.
const nairobi = new Date(Date.now() + 3 * 3_600_000).toISOString();
const timestamp = nairobi.replaceAll(/\\D/g, "").slice(0, 14);
const password = Buffer.from(shortCode + passkey + timestamp).toString("base64");
`;

const post = `function call(path: string, body: object) {
  const headers = { Authorization: \`Bearer \${token}\`, "Content-Type": "application/json" };
  return send(path, { method: "POST", headers, body: JSON.stringify(body) });
}

`;

const functions = `/** Returns the response. Exits if it was not accepted. */
async function send(path: string, init: RequestInit): Promise<Record<string, string>> {
  const response = await fetch(baseUrl + path, init);
  const answer = (await response.json()) as Record<string, string>;
  if (response.ok) return answer;
  // After a 5xx the result is unknown: the payment may complete. The same holds when the connection breaks.
  const outcome = response.status < 500 ? "Refused" : "Unknown result, or refused";
  console.error(\`\${outcome}: \${answer.errorCode} \${answer.errorMessage}\`);
  return process.exit(1);
}
`;

function renderStep(step: DarajaSampleStep): string {
  const [first = "", ...rest] = renderTree(
    step.body,
    {
      object: ["{", "}"],
      list: ["[", "]"],
      entry: (name, value) => `${name}: ${value}`,
      trailingComma: true,
      indent: "  ",
    },
    {
      json: (value) => JSON.stringify(value),
      value: spellings.typescript.spell,
      newReference: () => "randomUUID()",
      timestamp: () => "timestamp",
      password: () => "password",
      responseField: (name, field) => `${name}.${field}`,
    },
  );
  return `
${[
  ...renderStepComment(step, "//"),
  `const ${step.name} = await call("${step.operation.path}", ${first}`,
  ...rest.slice(0, -1),
  `${rest.at(-1)});`,
  `console.log(${step.name});`,
].join("\n")}
`;
}
