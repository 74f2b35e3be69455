/**
 * Generates `docs/samples` from the operations: every call in every language, and the page that lists them.
 *
 * After changing an operation or a language: `node tools/docs/samples.ts`.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, extname } from "node:path";
import { code, markdownTable } from "./markdown.ts";
import { languages } from "../../src/protocols/openapi-v2/samples/index.ts";
import { wrap, type SampleLanguage } from "../../src/protocols/openapi-v2/samples/language.ts";
import { sampleCalls, type SampleCall } from "../../src/protocols/openapi-v2/samples/sample-calls.ts";
import { getFolder, placeholder } from "../../src/protocols/openapi-v2/samples/values.ts";

export { languages };

const folder = "docs/samples";

/** The content of every file of `docs/samples`, by path. */
export function renderSamples(): ReadonlyMap<string, string> {
  const samples = languages.flatMap((language) =>
    sampleCalls.map((call): [string, string] => [getPath(language, call), language.render(call)]),
  );
  return new Map([[`${folder}/README.md`, renderIndex()], ...samples]);
}

export const getPath = (language: SampleLanguage, call: SampleCall): string =>
  `${getFolder(language.id)}/${language.fileName(call)}`;

function renderIndex(): string {
  const executed = languages.filter(({ tested }) => tested === "executed").map(({ title }) => title);
  const parsed = languages.filter(({ tested }) => tested === "parsed").map(({ title }) => title);
  const tests = `${joinList(executed)} are **executed by the tests**: each file unchanged, against a running server; the tests check that the money moves. ${joinList(parsed)} are **only parsed**: the tests check their syntax and that every parameter is there. (If the tests find a ${code("php")}, they also execute the PHP samples. These were run once, in PHP compiled to WebAssembly; the C# samples have not been run yet.)`;
  return `# Samples

Every call of the OpenAPI in ${languages.length} languages: complete files that run
unchanged. Start a sandbox with \`npm start\`, and in another terminal, in the same folder, run for example:

\`\`\`sh
python3 docs/samples/python/c2b-single-stage.py
\`\`\`

Unless you put in your own values, a sample uses the sandbox's, from \`data/sandbox.json\` (or from the file that the
variable \`SANDBOX_JSON\` names), and pays with the sandbox's seed customers. Each run has a new reference, so you can
run a sample repeatedly. If the call is refused or its result is unknown, the sample prints the code and the reason and
exits with status 1.

A sample for a call with a prerequisite first creates it: the sample of a reversal makes a payment and then reverses it.
Such a sample needs an application without a response URL, because other applications get the first result in a callback.

${renderFilesTable()}

## Requirements and tests

${renderLanguagesTable()}

${wrap(tests, 116).join("\n")}

In a clone of this repository the SDK's samples find the SDK. Elsewhere, install it with \`npm install @pesarail/sdk\`.

## Your own values

A line that ends in a comment with a name in double braces, such as ${code(placeholder("apiKey"))}, declares one of the values.
${code("{{SANDBOX}}")} marks lines that only an unfilled sample needs. \`fillSample\` in \`src/protocols/openapi-v2/samples/values.ts\` inserts your
values, quoted for the language, and removes the marks.

${renderValuesTable()}

<!-- Generated from the operations by tools/docs/samples.ts; change them there. -->
`;
}

const joinList = (words: readonly string[]): string => words.join(", ").replace(/, ([^,]*)$/, " and $1");

function renderFilesTable(): string {
  const linkTo = (language: SampleLanguage, call: SampleCall): string => {
    const file = language.fileName(call);
    return `[${extname(file)}](${language.id}/${file})`;
  };
  const rows = sampleCalls.map((call) => [
    call.title,
    ...languages.map((language) => linkTo(language, call)),
  ]);
  return markdownTable(["Call", ...languages.map(({ title }) => title)], rows);
}

function renderLanguagesTable(): string {
  const rows = languages.map(({ title, needs, tested }) => [title, needs, tested]);
  return markdownTable(["Language", "Needs", "Tests"], rows);
}

function renderValuesTable(): string {
  // prettier-ignore
  const rows: [string, string][] = [
    [placeholder("gateway"), "The base URL, without a trailing slash: `https://openapi.m-pesa.com`, or a sandbox."],
    [placeholder("environment"), "`sandbox`, or `openapi` for live (`live` in the SDK)."],
    [placeholder("market"), "For example `vodacomTZN`."],
    [placeholder("apiKey"), "Your application's key."],
    [placeholder("publicKey"), "The environment's public key, in base64."],
    [placeholder("organisation"), "Your shortcode."],
    [placeholder("receiver"), "The shortcode of the organisation that receives a B2B payment."],
    [placeholder("customer"), "A customer's MSISDN."],
    [`${placeholder("country")}, ${placeholder("currency")}`.replaceAll(", ", "`, `"), "The market's country and currency."],
  ];
  return markdownTable(
    ["Name", "Value"],
    rows.map(([name, description]) => [code(name), description]),
  );
}

/** Writes all files, after deleting the old ones. */
function writeSamples(): void {
  for (const { id } of languages) rmSync(getFolder(id), { recursive: true, force: true });
  for (const [path, text] of renderSamples()) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}

if (import.meta.main) writeSamples();
