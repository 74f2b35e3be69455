/** Samples in TypeScript with the SDK, which handles tokens, passwords and results. */
import { spellings } from "../../samples/spellings.ts";
import { renderSandboxNote, sandboxLines } from "../../samples/text.ts";
import {
  header,
  renderDeclarations,
  renderStepComment,
  renderTree,
  type DarajaSampleLanguage,
  type TreeSyntax,
} from "./language.ts";
import { sandboxValues, type DarajaSampleCall, type DarajaSampleStep, type Tree } from "./sample-calls.ts";
import { findSdkCall, type SdkField } from "./sdk-calls.ts";

const language: Omit<DarajaSampleLanguage, "render"> = {
  id: "typescript-sdk",
  title: "TypeScript with the SDK",
  needs:
    "@pesarail/sdk (npm install @pesarail/sdk), and Node 22.18 or newer, which runs TypeScript directly. (On Node 20: npx tsx instead of node.)",
  tested: "executed",
  fileName: ({ name }) => `${name}.mts`,
  run: (path) => `node ${path}`,
};

export const typescriptSdk: DarajaSampleLanguage = { ...language, render };

function render(call: DarajaSampleCall, path: string): string {
  const hasSteps = call.steps.length > 0;
  const steps = call.steps.map(renderStep).join("");
  const usesReference = /newReference\(\)/.test(steps);
  const options = listOptions(call).map((line) => `  ${line},`);
  // The client needs fewer values than the wire.
  const isUsed = (name: string): boolean => new RegExp(`\\b${name}\\b`).test([...options, steps].join("\n"));
  return `/**
${header(call, language, path)
  .map((line) => ` * ${line}`.trimEnd())
  .join("\n")}
 */
${sandboxLines("//", ['import { readFileSync } from "node:fs";']).join("\n")}
import { Daraja${usesReference ? ", createReference" : ""} } from "@pesarail/sdk/daraja";

${[
  ...renderSandboxNote("//"),
  ...sandboxLines("//", [
    'const sandboxFile = process.env.SANDBOX_JSON ?? "data/sandbox.json";',
    'const sandbox = JSON.parse(readFileSync(sandboxFile, "utf8")).daraja;',
  ]),
  ...renderDeclarations(
    call,
    "typescript-sdk",
    (name, spelt) => `const ${spelt} = sandbox.${sandboxValues[name]};`,
    isUsed,
  ),
].join("\n")}

const daraja = new Daraja({
${options.join("\n")}
});
${(hasSteps ? steps : token).replaceAll("newReference()", "createReference()")}${functions}`;
}

const token = `
// The client does this by itself. Get the token only for calls that the client does not support.
const answer = succeeded(await daraja.getToken());
console.log(\`The token is \${answer.accessToken}\`);
`;

const functions = `
/** Returns a result that was acknowledged or accepted. Exits for every other outcome. */
function succeeded<T extends { readonly outcome: string }>(result: T): Exclude<T, Failure> {
  const { outcome } = result;
  if (outcome === "acknowledged" || outcome === "accepted") return result as Exclude<T, Failure>;
  // Unknown is not refused: the payment may complete.
  console.error(result);
  return process.exit(1);
}

interface Failure {
  readonly outcome: "refused" | "unknown";
}
`;

/** The client's options that the sample's calls need. */
function listOptions(call: DarajaSampleCall): string[] {
  const fields = new Set(call.steps.flatMap(({ operation }) => Object.keys(operation.fields)));
  const hasUrl = call.steps.some(({ operation }) =>
    Object.values(operation.fields).some(({ schema }) => "format" in schema && schema.format === "uri"),
  );
  const usesShortCode = call.steps.some(({ operation }) => operation.organisation !== null);
  const versions = call.steps.flatMap(({ operation }) => findSdkCall(operation.name).option ?? []);
  return [
    "baseUrl",
    'environment: "sandbox"',
    "consumerKey",
    "consumerSecret",
    ...(usesShortCode ? ["shortcode: shortCode"] : []),
    ...(fields.has("Password") ? ["passkey"] : []),
    ...(fields.has("SecurityCredential") ? ["initiator: { name: initiatorName, securityCredential }"] : []),
    ...(hasUrl ? ["callbackUrl", "resultUrl: callbackUrl"] : []),
    ...new Set(versions),
  ];
}

const syntax: TreeSyntax = {
  object: ["{", "}"],
  list: ["[", "]"],
  entry: (name, value) => `${name}: ${value}`,
  trailingComma: true,
  indent: "  ",
};

function renderStep(step: DarajaSampleStep): string {
  const { name, operation } = step;
  const { method } = findSdkCall(operation.name);
  const [first = "", ...rest] = renderTree(toRequest(step), syntax, {
    // Values that the table of calls has written already.
    json: (value) => (typeof value === "object" ? (value as Written).text : JSON.stringify(value)),
    value: spellings["typescript-sdk"].spell,
    newReference: () => "newReference()",
    timestamp: () => "timestamp",
    password: () => "password",
    responseField: (stepName, field) => `${stepName}.${toSdkName(field)}`,
  });
  const call = `await daraja.${method}(`;
  const lines =
    first === "{" && rest.length === 1
      ? [`const ${name} = succeeded(${call}{}));`]
      : [
          `const ${name} = succeeded(`,
          `  ${call}${first}`,
          ...rest.slice(0, -1).map((line) => `  ${line}`),
          `  ${rest.at(-1)}),`,
          ");",
        ];
  return `
${[...renderStepComment(step, "//"), ...lines, `console.log(${name});`].join("\n")}
`;
}

/** An expression of the language. */
interface Written {
  readonly text: string;
}

const toSdkName = (field: string): string =>
  `${field.charAt(0).toLowerCase()}${field.slice(1)}`.replace(/ID$/, "Id");

/** The request of the SDK: its fields by the SDK's names, without those that the client adds by itself. */
function toRequest({ operation, body }: DarajaSampleStep): Tree {
  const { fields } = findSdkCall(operation.name);
  const convert = (tree: Tree): Tree => {
    if ("list" in tree) return { list: tree.list.map(convert) };
    if (!("object" in tree)) return tree;
    return {
      object: Object.fromEntries(
        flatten(tree.object).flatMap(([wire, value]) => {
          const field = fields[wire];
          return field === undefined ? [] : [[field.name, toSdkValue(field, value)]];
        }),
      ),
    };
  };
  return convert(body);
}

/** `{body: {msisdn: …}}` as `body.msisdn`. */
const flatten = (object: Readonly<Record<string, Tree>>): [string, Tree][] =>
  Object.entries(object).flatMap(([name, value]): [string, Tree][] =>
    "object" in value
      ? flatten(value.object).map(([inner, each]) => [`${name}.${inner}`, each])
      : [[name, value]],
  );

function toSdkValue({ format }: SdkField, value: Tree): Tree {
  if (!("json" in value)) return value;
  const text = String(value.json);
  return { json: format === undefined ? text : ({ text: format(text) } satisfies Written) };
}
