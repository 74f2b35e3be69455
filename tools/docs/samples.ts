/**
 * Generates `docs/samples`: one call in every language, every call in one language, and the page that lists them.
 *
 * `pesarail samples DIR` writes all others. These are in the repository so that a change of a language or of a call is
 * visible in a review. After changing an operation or a language: `node tools/docs/samples.ts`.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, extname, relative } from "node:path";
import { code, markdownTable } from "./markdown.ts";
import { wrap } from "../../src/protocols/samples/text.ts";
import { sampleCalls } from "../../src/protocols/openapi-v2/samples/sample-calls.ts";
import * as daraja from "../../src/protocols/daraja/samples/write-samples.ts";
import {
  literalValues,
  sampleCalls as darajaCalls,
  sandboxValues,
} from "../../src/protocols/daraja/samples/sample-calls.ts";
import * as ipgV1 from "../../src/protocols/ipg-v1/samples/write-samples.ts";
import { sampleCalls as ipgV1Calls } from "../../src/protocols/ipg-v1/samples/sample-calls.ts";
import * as soap from "../../src/protocols/soap/samples/write-samples.ts";
import { sampleCalls as soapCalls } from "../../src/protocols/soap/samples/sample-calls.ts";
import { sampleCalls as lnmoCalls } from "../../src/protocols/soap/lnmo/samples/sample-calls.ts";
import { renderLnmoSamples, type LnmoSample } from "../../src/protocols/soap/lnmo/samples/write-samples.ts";
import { placeholder } from "../../src/protocols/samples/spellings.ts";
import {
  languages,
  renderSamples,
  type Sample,
} from "../../src/protocols/openapi-v2/samples/write-samples.ts";

const folder = "docs/samples";
const darajaFolder = `${folder}/daraja`;
const ipgV1Folder = `${folder}/ipg-v1`;
const soapFolder = `${folder}/soap`;

/** The call that the repository has in every language, and the language in which it has every call. */
const callsInEveryLanguage: ReadonlySet<string> = new Set([
  "c2b-single-stage",
  "stk-push",
  "business-payment",
  "lnmo-confirm-transaction",
]);
const languageOfEveryCall = "typescript-sdk";

type AnySample = Sample | daraja.DarajaSample | ipgV1.IpgV1Sample | soap.SoapSample | LnmoSample;

/** The same of IPG v1, whose samples have no SDK. */
const ipgV1InRepository = { call: "c2b", language: "typescript" } as const;

const isInRepository = ({ language, call, path }: AnySample): boolean =>
  path.startsWith(`${ipgV1Folder}/`)
    ? call.name === ipgV1InRepository.call || language.id === ipgV1InRepository.language
    : callsInEveryLanguage.has(call.name) || language.id === languageOfEveryCall;

/** The content of every file of `docs/samples`, by path. */
export function renderGoldenFiles(): ReadonlyMap<string, string> {
  const samples: readonly AnySample[] = [
    ...renderSamples(folder),
    ...daraja.renderSamples(darajaFolder),
    ...ipgV1.renderSamples(ipgV1Folder),
    ...soap.renderSamples(soapFolder),
    ...renderLnmoSamples(soapFolder),
  ].filter(isInRepository);
  return new Map([
    [`${folder}/README.md`, renderIndex()],
    ...samples.map(({ path, text }): [string, string] => [path, text]),
  ]);
}

function renderIndex(): string {
  const executed = languages.filter(({ tested }) => tested === "executed").map(({ title }) => title);
  const parsed = languages.filter(({ tested }) => tested === "parsed").map(({ title }) => title);
  const tests = `${joinList(executed)} are **executed by the tests**: each file unchanged, against a running server; the tests check that the money moves. ${joinList(parsed)} are **only parsed**: the tests check their syntax and that every parameter is there. (If the tests find a ${code("php")}, they also execute the PHP samples. These were run once, in PHP compiled to WebAssembly; the C# samples have not been run yet.)`;
  return `# Samples

Every call of the OpenAPI in ${languages.length} languages: complete files that run unchanged. This folder has one call in every
language, and every call in TypeScript with the SDK. This command writes all of them into the folder \`my-samples\`:

\`\`\`sh
npx pesarail samples my-samples
\`\`\`

In a clone of this repository, it is \`npm run pesarail samples my-samples\`. Then start a sandbox (\`npx pesarail start\`, in
a clone \`npm start\`), and in another terminal, in the same folder, run for example:

\`\`\`sh
python3 my-samples/python/reversal.py
\`\`\`

Unless you put in your own values, a sample uses the sandbox's, from \`data/sandbox.json\` (or from the file that the
variable \`SANDBOX_JSON\` names), and pays with the sandbox's seed customers. Each run has a new reference, so you can
run a sample repeatedly. If the call is refused or its result is unknown, the sample prints the code and the reason and
exits with status 1.

A sample for a call with a prerequisite first creates it: the sample of a reversal makes a payment and then reverses it.
Such a sample needs an application without a response URL, because other applications get the first result in a callback.

${renderFilesTable(sampleCalls, renderSamples(folder))}

## Daraja

\`npx pesarail samples my-samples --protocol daraja\` writes every call of Daraja. The folder \`daraja\` has the STK push in every
language, and every call in TypeScript with the SDK. An acknowledged call has no result yet: it goes to the URL of the request
(${code(placeholder("callbackUrl"))}).

${renderFilesTable(darajaCalls, daraja.renderSamples(darajaFolder))}

Values: ${darajaValues}.

## IPG v1

\`npx pesarail samples my-samples --protocol ipg-v1\` writes every call of IPG v1. The folder \`ipg-v1\` has C2B in every language, and
every call in TypeScript. They send to the main port; on M-Pesa's own gateway each call has another port.

${renderFilesTable(ipgV1Calls, ipgV1.renderSamples(ipgV1Folder), ipgV1.languages)}

## SOAP Broker

\`npx pesarail samples my-samples --protocol soap\` writes every command of the SOAP Broker: in PHP with SoapClient, in Python with zeep, and
in TypeScript and Java without libraries. The folder \`soap\` has the payment to a customer in each. An accepted command has no result yet:
it goes to the URL of the request (${code(placeholder("resultUrl"))}).

${renderFilesTable(soapCalls, soap.renderSamples(soapFolder), soap.languages)}

It also writes the calls of the LNMO checkout. The second and the third of its samples make the calls before theirs.

${renderFilesTable(lnmoCalls, renderLnmoSamples(soapFolder), soap.languages)}

## Requirements and tests

${renderLanguagesTable()}

${wrap(tests, 116).join("\n")}

In a clone of this repository the SDK's samples find the SDK. Elsewhere, install it with \`npm install @pesarail/sdk\`.

## Your own values

A line that ends in a comment with a name in double braces, such as ${code(placeholder("apiKey"))}, declares one of the values.
${code("{{SANDBOX}}")} marks lines that only an unfilled sample needs. \`fillLines\` in \`src/protocols/samples/spellings.ts\` inserts your
values, quoted for the language, and removes the marks.

${renderValuesTable()}

<!-- Generated from the operations by tools/docs/samples.ts; change them there. -->
`;
}

function joinList(words: readonly string[]): string {
  return words.join(", ").replace(/, ([^,]*)$/, " and $1");
}

const darajaValues = joinList(
  [...Object.keys(sandboxValues), ...Object.keys(literalValues)].map((name) => code(placeholder(name))),
);

/** Links the files that the repository has. */
function renderFilesTable(
  calls: readonly { readonly title: string }[],
  samples: readonly AnySample[],
  columns: readonly { readonly title: string }[] = languages,
): string {
  const renderCell = (sample: AnySample): string => {
    const suffix = extname(sample.path);
    return isInRepository(sample) ? `[${suffix}](${relative(folder, sample.path)})` : suffix;
  };
  const rows = calls.map((call) => [
    call.title,
    ...samples.filter((sample) => sample.call === call).map(renderCell),
  ]);
  return markdownTable(["Call", ...columns.map(({ title }) => title)], rows);
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

/** Writes the files, after deleting the old ones. */
function writeGoldenFiles(): void {
  for (const own of [darajaFolder, ipgV1Folder, soapFolder]) rmSync(own, { recursive: true, force: true });
  for (const { id } of languages) rmSync(`${folder}/${id}`, { recursive: true, force: true });
  for (const [path, text] of renderGoldenFiles()) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}

if (import.meta.main) writeGoldenFiles();
