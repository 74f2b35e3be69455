/**
 * The samples of the SOAP Broker: their syntax, and the money that those of the LNMO checkout move. The commands' own are
 * executed by `test/protocols/soap/clients.test.ts`.
 */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { lnmoPath } from "../../src/protocols/soap/lnmo/names.ts";
import { lnmoOperations } from "../../src/protocols/soap/lnmo/operations.ts";
import { declaredValues } from "../../src/protocols/soap/lnmo/samples/sample-calls.ts";
import { renderLnmoSamples } from "../../src/protocols/soap/lnmo/samples/write-samples.ts";
import { lnmoService } from "../../src/protocols/soap/lnmo/wsdl.ts";
import { listUsedValues } from "../../src/protocols/soap/samples/sample-calls.ts";
import { renderSamples, samples as allSamples } from "../../src/protocols/soap/samples/write-samples.ts";
import { fillLines } from "../../src/protocols/samples/spellings.ts";
import { control } from "../support/control.ts";
import { createTestSandbox, type TestSandbox } from "../support/sandbox.ts";
import { soapRunners } from "../support/soap-runners.ts";
import { customer, kenya } from "../support/soap.ts";
import { mapTwoAtATime, run } from "./runners.ts";
import { findSyntaxErrors } from "./syntax.ts";

const lnmoSamples = renderLnmoSamples("samples");

const samples = [
  ...renderSamples("samples").map((sample) => ({ ...sample, values: listUsedValues(sample.call) })),
  ...lnmoSamples.map((sample) => ({ ...sample, values: Object.keys(declaredValues) })),
];

test("every call of the checkout has a sample in every language, with its path and every mandatory field", () => {
  assert.equal(lnmoSamples.length, lnmoOperations.length * Object.keys(soapRunners).length);
  for (const { call, path, text } of lnmoSamples) {
    const { operation } = call.steps.at(-1) ?? assert.fail(path);
    assert(text.includes(lnmoPath), path);
    for (const { name, isOptional } of lnmoService.schemas[0]?.types?.[operation.request] ??
      assert.fail(path))
      if (isOptional !== true) assert(text.includes(name), `${path} has no ${name}`);
  }
});

test("every sample has valid syntax, as rendered and filled, and a truncated one has not", async () => {
  for (const { language, path, text, values } of samples) {
    assert.deepEqual(await findSyntaxErrors(language.id, text), [], path);
    const own = Object.fromEntries(values.map((name) => [name, `own-${name}`]));
    const filled = fillLines(text, language.id, own);
    assert.deepEqual(await findSyntaxErrors(language.id, filled), [], `${path}, filled`);
    assert.doesNotMatch(filled, /\{\{[A-Z_]+\}\}|data\/sandbox/, path);
    for (const name of values) assert(filled.includes(`own-${name}`), `${path} has no ${name}`);
    const broken = text.slice(0, text.lastIndexOf(")"));
    assert.notDeepEqual(await findSyntaxErrors(language.id, broken), [], path);
  }
});

let sandbox: TestSandbox;
before(async () => {
  sandbox = await createTestSandbox();
});
after(() => sandbox[Symbol.asyncDispose]());

function createFolder(): { path: string; [Symbol.dispose](): void } {
  const path = mkdtempSync(join(tmpdir(), "pesarail-soap-samples-"));
  mkdirSync(join(path, "data"));
  const soap = { ...(sandbox.platform.sandboxInfo["soap"] as object), url: sandbox.url };
  writeFileSync(join(path, "data/sandbox.json"), JSON.stringify({ soap }, null, 2));
  // `npm init` writes this type today; a file that needs to be a module must have its own extension.
  writeFileSync(join(path, "package.json"), '{ "type": "commonjs" }');
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

async function readWallet(): Promise<bigint> {
  const { available } = await control(sandbox, "GET /markets/{market}/customers/{msisdn}", {
    params: { market: kenya, msisdn: customer },
  });
  return BigInt(available.replace(".", ""));
}

for (const [language, { command, exists }] of Object.entries(soapRunners))
  test(
    `the checkout's samples in ${language} run unchanged, and the money moves`,
    { skip: !exists },
    async () => {
      using folder = createFolder();
      allSamples.write(folder.path);
      const own = renderLnmoSamples(folder.path).filter((sample) => sample.language.id === language);
      const start = await readWallet();
      const results = await mapTwoAtATime(own, ({ path }) => run(command, path, folder.path));
      for (const { path, code, out, error } of results) {
        assert.equal(code, 0, `${path}:\n${out}${error}`);
        assert.match(out, /: 00 Success$/m, path);
      }
      assert.match(results.at(-1)?.out ?? "", /\n(?:Success|Pending)\n$/);
      // A checkout that is announced and not confirmed moves nothing.
      assert.equal(await readWallet(), start - 2n * 54_00n);
    },
  );

test("a sample that is refused ends with 1 and says the code", async () => {
  using folder = createFolder();
  for (const { language, call, text } of lnmoSamples) {
    if (!soapRunners[language.id as keyof typeof soapRunners].exists) continue;
    if (call.steps.length !== 2) continue;
    const path = join(folder.path, language.fileName(call));
    writeFileSync(
      path,
      fillLines(text, language.id, { baseUrl: sandbox.url, merchantId: "1", passkey: "x" }),
    );
    const result = await run(soapRunners[language.id as keyof typeof soapRunners].command, path, folder.path);
    assert.equal(result.code, 1, `${path}:\n${result.out}${result.error}`);
    assert.match(result.out, /: 36 /, path);
  }
});
