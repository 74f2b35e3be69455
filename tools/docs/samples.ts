/**
 * `docs/samples`: every call in every language, and the page that lists them, written from the operations.
 *
 * After changing an operation or a language: `node tools/docs/samples.ts`.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, extname } from "node:path";
import { code, markdownTable } from "./markdown.ts";
import { csharp } from "../../src/protocols/openapi-v2/samples/csharp.ts";
import { curl } from "../../src/protocols/openapi-v2/samples/curl.ts";
import { java } from "../../src/protocols/openapi-v2/samples/java.ts";
import { wrap, type Language } from "../../src/protocols/openapi-v2/samples/language.ts";
import { php } from "../../src/protocols/openapi-v2/samples/php.ts";
import { python } from "../../src/protocols/openapi-v2/samples/python.ts";
import { sampleCalls, type SampleCall } from "../../src/protocols/openapi-v2/samples/sample-calls.ts";
import { typescriptSdk } from "../../src/protocols/openapi-v2/samples/typescript-sdk.ts";
import { typescript } from "../../src/protocols/openapi-v2/samples/typescript.ts";
import { getFolder, placeholder } from "../../src/protocols/openapi-v2/samples/values.ts";

export const languages: readonly Language[] = [curl, typescriptSdk, typescript, python, php, java, csharp];

const folder = "docs/samples";

/** Every file of `docs/samples`, by its path. */
export function renderSamples(): ReadonlyMap<string, string> {
  const samples = languages.flatMap((language) =>
    sampleCalls.map((call): [string, string] => [getPath(language, call), language.render(call)]),
  );
  return new Map([[`${folder}/README.md`, renderIndex()], ...samples]);
}

export const getPath = (language: Language, call: SampleCall): string =>
  `${getFolder(language.id)}/${language.fileName(call)}`;

function renderIndex(): string {
  const executed = languages.filter(({ tested }) => tested === "executed").map(({ title }) => title);
  const parsed = languages.filter(({ tested }) => tested === "parsed").map(({ title }) => title);
  const tests = `${joinList(executed)} are **executed by the tests**: each file as it stands against a running server, where the money has to move. ${joinList(parsed)} are **only parsed**: their syntax is checked, and that every parameter is there. (Where the tests find a ${code("php")}, they execute PHP's too. They were run once, in PHP compiled to WebAssembly; C#'s have not been run yet.)`;
  return `# Samples

Every call of the OpenAPI in ${languages.length} languages: complete files, each on its own. They run as they are: start a
sandbox with \`npm start\`, and in another terminal, in the same folder,

\`\`\`sh
python3 docs/samples/python/c2b-single-stage.py
\`\`\`

A file that finds no values of yours takes the sandbox's, from \`data/sandbox.json\` (or the file that the variable
\`SANDBOX_JSON\` names), and pays with the customers that every sandbox has. So it can be run again and again: each run
has a reference of its own. It ends with status 1, and with the code and the reason, when it was refused or when nobody
knows how it ended.

A call that needs something to exist makes that first: the sample of a reversal pays and then takes it back. Such a sample
needs an application without a response URL, since others are told the first answer by a callback.

${renderFilesTable()}

## What runs them

${renderLanguagesTable()}

${wrap(tests, 116).join("\n")}

In a clone the SDK's samples find it as they stand; elsewhere \`npm install @pesarail/sdk\` brings it.

## Your own values

A line that ends in a comment with a name in double braces, such as ${code(placeholder("apiKey"))}, declares one of your values;
${code("{{SANDBOX}}")} marks what only a sample without them needs. \`fillSample\` in \`src/protocols/openapi-v2/samples/values.ts\` writes your values in,
quoted as the language wants it, and takes the marks away.

${renderValuesTable()}

<!-- Written from the operations by tools/docs/samples.ts; change them there. -->
`;
}

const joinList = (words: readonly string[]): string => words.join(", ").replace(/, ([^,]*)$/, " and $1");

function renderFilesTable(): string {
  const linkTo = (language: Language, call: SampleCall): string => {
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
  return markdownTable(["Language", "Needs", "By the tests"], rows);
}

function renderValuesTable(): string {
  // prettier-ignore
  const rows: [string, string][] = [
    [placeholder("gateway"), "Where M-Pesa is, without a slash at the end: `https://openapi.m-pesa.com`, or a sandbox."],
    [placeholder("environment"), "`sandbox` or, as paths spell live, `openapi`; the SDK says `live`."],
    [placeholder("market"), "Such as `vodacomTZN`."],
    [placeholder("apiKey"), "Your application's key."],
    [placeholder("publicKey"), "The environment's public key, in base64."],
    [placeholder("organisation"), "Your shortcode."],
    [placeholder("receiver"), "The shortcode of the organisation that B2B pays."],
    [placeholder("customer"), "A customer's number."],
    [`${placeholder("country")}, ${placeholder("currency")}`.replaceAll(", ", "`, `"), "The market's own."],
  ];
  return markdownTable(
    ["Name", "What it is"],
    rows.map(([name, description]) => [code(name), description]),
  );
}

/** Writes them all; what is no sample any more goes. */
function writeSamples(): void {
  for (const { id } of languages) rmSync(getFolder(id), { recursive: true, force: true });
  for (const [path, text] of renderSamples()) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}

if (import.meta.main) writeSamples();
