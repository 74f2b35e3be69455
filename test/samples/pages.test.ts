/** The samples match the operations and the syntax of their languages, as rendered and filled. */
import { languages as soapLanguages } from "../../src/protocols/soap/samples/write-samples.ts";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { calls } from "../../sdk/src/openapi-v2/operations.ts";
import { operations as darajaOperations } from "../../src/protocols/daraja/operations.ts";
import { operations as ipgV1Operations } from "../../src/protocols/ipg-v1/operations.ts";
import { languages as ipgV1Languages } from "../../src/protocols/ipg-v1/samples/write-samples.ts";
import { operations } from "../../src/protocols/openapi-v2/operations.ts";
import { sampleCalls, type SampleCall } from "../../src/protocols/openapi-v2/samples/sample-calls.ts";
import {
  languages,
  renderSamples,
  writeSamples,
} from "../../src/protocols/openapi-v2/samples/write-samples.ts";
import { renderGoldenFiles } from "../../tools/docs/samples.ts";
import { fields, methods, sentByClient } from "../../src/protocols/openapi-v2/samples/typescript-sdk.ts";
import { fillSample, type SampleValues } from "../../src/protocols/openapi-v2/samples/values.ts";
import { listLiterals, findSyntaxErrors } from "./syntax.ts";

/** The samples as `fillSample` gets them: a page that shows a file has no folder. */
const samples = languages.flatMap((language) =>
  sampleCalls.map((call) => {
    const path = language.fileName(call);
    return { language, call, path: `${language.id}/${path}`, text: language.render(call, path) };
  }),
);

test("docs/samples has exactly the golden files: one call in every language, and every call in one language", () => {
  const rendered = renderGoldenFiles();
  // OpenAPI v2 and Daraja have their operations and the call that authenticates.
  const calls = operations.length + darajaOperations.length + 2 + ipgV1Operations.length;
  // The SOAP Broker has one command and one call of the LNMO checkout.
  const otherLanguages = 2 * (languages.length - 1) + ipgV1Languages.length - 1 + 2 * soapLanguages.length;
  assert.equal(rendered.size, otherLanguages + calls + 1);
  const existing = globSync("docs/samples/**/*.*").filter((path) => path !== "docs/samples/tsconfig.json");
  assert.deepEqual(existing.sort(), [...rendered.keys()].sort(), "run: node tools/docs/samples.ts");
  for (const [path, text] of rendered)
    assert.equal(readFileSync(path, "utf8"), text, `${path}: run node tools/docs/samples.ts`);
});

test("writeSamples writes every call in every language, and each file shows the command that runs it there", () => {
  using folder = createFolder();
  const directory = join(folder.path, "new/samples");
  const paths = writeSamples(directory);
  assert.equal(paths.length, (operations.length + 1) * 7);
  assert.deepEqual(globSync(`${directory}/*/*`).sort(), paths.toSorted());
  for (const path of paths) assert(readFileSync(path, "utf8").includes(path), path);
});

test("a directory's name cannot break out of a sample's comment", async () => {
  for (const { language, path, text } of renderSamples('*/ "$(id)"\nexit')) {
    assert.deepEqual(await findSyntaxErrors(language.id, text), [], path);
    assert(!text.includes("$(id)"), path);
  }
});

test("the TypeScript samples of every call pass the type checker", () => {
  using folder = createFolder();
  writeSamples(folder.path);
  const base = JSON.parse(readFileSync("docs/samples/tsconfig.json", "utf8")) as {
    compilerOptions: object;
  };
  const compilerOptions = {
    ...base.compilerOptions,
    paths: { "@pesarail/sdk": [resolve("sdk/src/index.ts")] },
    typeRoots: [resolve("node_modules/@types")],
  };
  writeFileSync(
    join(folder.path, "tsconfig.json"),
    JSON.stringify({ ...base, extends: resolve("tsconfig.json"), compilerOptions }),
  );
  const { status, stdout } = spawnSync("node_modules/.bin/tsc", ["--project", folder.path], {
    encoding: "utf8",
  });
  assert.equal(status, 0, stdout);
});

function createFolder(): { path: string; [Symbol.dispose](): void } {
  const path = mkdtempSync(join(tmpdir(), "pesarail-samples-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

test("each sample has the path and every parameter of its call", () => {
  for (const { language, call, path, text } of samples) {
    for (const name of listRequiredNames(language.id, call))
      assert(text.includes(name), `${path} has no ${name}`);
  }
});

/** The texts that a sample must contain. */
function listRequiredNames(language: string, { steps }: SampleCall): string[] {
  const isSdk = language === "typescript-sdk";
  return steps.flatMap(({ operation: { product, path, parameters } }, index) => {
    const all = index === steps.length - 1 ? Object.entries(parameters) : [];
    if (!isSdk) return [path, ...all.map(([name]) => name)];
    const sdkFields = all.filter(([name]) => !isOutcomeField(product, name) && !sentByClient.has(name));
    return [`mpesa.${methods[product]}(`, ...sdkFields.map(([name]) => `${fields[name]?.name}: `)];
  });
}

const isOutcomeField = (product: string, name: string): boolean =>
  product === "updateTransactionStatus" && name === "input_CustomerMSISDN";

test("the SDK samples use the SDK's field names, and omit only what the client sends itself", () => {
  for (const { product, parameters } of operations) {
    const call = calls[methods[product] as keyof typeof calls];
    for (const name of Object.keys(parameters)) {
      if (isOutcomeField(product, name) || sentByClient.has(name)) continue;
      const field = fields[name]?.name ?? "";
      assert.equal(
        (call.fields as Record<string, { wire: string }>)[field]?.wire,
        name,
        `${product} ${name}`,
      );
    }
  }
});

const exampleValues: SampleValues = {
  gateway: "https://openapi.m-pesa.com",
  environment: "live",
  market: "vodacomMOZ",
  apiKey: "aKeyOfYours",
  publicKey: "MIICIjANBgkqhkiG9w0BAQ==",
  organisation: "171717",
  receiver: "979797",
  customer: "258840000001",
};

test("every sample has valid syntax, as rendered and filled", async () => {
  for (const { language, path, text } of samples) {
    assert.deepEqual(await findSyntaxErrors(language.id, text), [], path);
    assert.deepEqual(
      await findSyntaxErrors(language.id, fillSample(text, language.id, exampleValues)),
      [],
      `${path}, filled`,
    );
  }
});

test("a truncated sample has a syntax error", async () => {
  for (const { language, path, text } of samples) {
    const broken = text.slice(0, text.lastIndexOf(language.id === "curl" ? "JSON" : ")"));
    if (broken !== "") assert.notDeepEqual(await findSyntaxErrors(language.id, broken), [], path);
  }
});

const expectedValues: Readonly<Record<string, string>> = {
  GATEWAY: exampleValues.gateway,
  MARKET: exampleValues.market,
  API_KEY: exampleValues.apiKey,
  PUBLIC_KEY: exampleValues.publicKey,
  ORGANISATION: "171717",
  RECEIVER: "979797",
  CUSTOMER: "258840000001",
  COUNTRY: "MOZ",
  CURRENCY: "MZN",
};

test("a filled sample has every value that it uses, and none of the sandbox's", () => {
  for (const { language, path, text } of samples) {
    const filled = fillSample(text, language.id, exampleValues);
    assert.doesNotMatch(filled, /\{\{[A-Z_]+\}\}|sandbox/i, path);
    assert.doesNotMatch(filled, /\n\n\n\n|["'](?:000000|TZ[NS]|vodacomTZN|vodafoneGHA)["']/, path);
    for (const [, name = ""] of text.matchAll(/\{\{([A-Z_]+)\}\}$/gm)) {
      const value = expectedValues[name];
      if (value !== undefined) assert(filled.includes(value), `${path} has no ${value}`);
    }
  }
});

test("a value that is not given stays as in the sample", () => {
  const { organisation: _organisation, ...someValues } = exampleValues;
  const text = samples.find(({ path }) => path.endsWith("c2b-single-stage.py"))?.text ?? "";
  const filled = fillSample(text, "python", someValues);
  assert.match(filled, /^CUSTOMER = "258840000001"$/m);
  assert.match(filled, /^ORGANISATION = "000000"$/m);
});

test("no value can break out of its quotes", async () => {
  const injection = `'"; exit 1 $(id) \`id\` \${x} #{x} {{MARKET}} %s \\' \\" \\\\ \\u0022 ?> */ // #`;
  for (const { language, call, path, text } of samples.filter(
    ({ call }) => call.name === "c2b-single-stage",
  )) {
    const filled = fillSample(text, language.id, {
      ...exampleValues,
      apiKey: injection,
      customer: injection,
    });
    const harmless = fillSample(text, language.id, exampleValues);
    assert.deepEqual(await findSyntaxErrors(language.id, filled), [], path);
    const [before, after] = [
      await listLiterals(language.id, harmless),
      await listLiterals(language.id, filled),
    ];
    const changed = after.filter((literal, index) => literal !== before[index]);
    if (language.id !== "curl") assert.equal(after.length, before.length, `${path} ${call.name}`);
    assert(changed.length >= 2, path);
  }
  for (const lineBreak of ["\n", "\r", "\u2028", "\u2029", "\u0085", "\0", "\u001b", "\ud800", "é"]) {
    const values = { ...exampleValues, apiKey: `key${lineBreak}rest` };
    assert.throws(() => fillSample(samples[1]?.text ?? "", "curl", values), RangeError);
  }
});
