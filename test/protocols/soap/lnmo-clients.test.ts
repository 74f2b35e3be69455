/**
 * SOAP libraries with the served WSDL make the three calls of the LNMO checkout: node-soap here, and PHP's SoapClient and
 * Python's zeep where they are installed (`../../support/soap-runners.ts` says how to name them).
 */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createClientAsync, type Client } from "soap";
import { lnmoNamespace, lnmoPath } from "../../../src/protocols/soap/lnmo/names.ts";
import { run } from "../../samples/runners.ts";
import { registerDarajaCustomers, registerShortcodes } from "../../support/daraja.ts";
import { buildHeader, checkOutFields, type LnmoKeys } from "../../support/lnmo.ts";
import { createTestSandbox, type TestSandbox } from "../../support/sandbox.ts";
import { soapRunners } from "../../support/soap-runners.ts";

let sandbox: TestSandbox;
before(async () => {
  sandbox = await createTestSandbox();
  await registerShortcodes(sandbox, [{ shortcode: "600996", name: "Paybill" }]);
  await registerDarajaCustomers(sandbox, [{ msisdn: "254711000001" }]);
});
after(() => sandbox[Symbol.asyncDispose]());

const getHeader = () => buildHeader((sandbox.platform.sandboxInfo["soap"] as { lnmo: LnmoKeys }).lnmo);
const getWsdl = (): string => `${sandbox.url}${lnmoPath}?wsdl`;
const createCheckout = () => checkOutFields({ MERCHANT_TRANSACTION_ID: randomUUID() });

test("node-soap makes the three calls", async () => {
  const client: Client = await createClientAsync(getWsdl());
  client.addSoapHeader({ CheckOutHeader: getHeader() }, "", "lnmo", lnmoNamespace);
  const call = async (name: string, fields: object): Promise<Record<string, unknown>> => {
    const [result] = (await client[`${name}Async`](fields)) as [Record<string, unknown>];
    return result;
  };
  const announced = await call("processCheckOut", createCheckout());
  assert.equal(announced["RETURN_CODE"], "00");
  const named = { TRX_ID: announced["TRX_ID"] };
  assert.equal((await call("confirmTransaction", named))["RETURN_CODE"], "00");
  const status = await call("transactionStatusQuery", named);
  assert.deepEqual([status["TRX_STATUS"], status["AMOUNT"]], ["Success", "54"]);
});

const programs = {
  php: {
    ...soapRunners.php,
    text: `<?php
$input = json_decode(file_get_contents(__DIR__ . "/input.json"), true);
$client = new SoapClient($input["wsdl"], ["cache_wsdl" => WSDL_CACHE_NONE]);
$client->__setSoapHeaders(new SoapHeader("${lnmoNamespace}", "CheckOutHeader", (object) $input["header"]));
$announced = $client->processCheckOut($input["checkout"]);
$named = ["TRX_ID" => $announced->TRX_ID];
$confirmed = $client->confirmTransaction($named);
$status = $client->transactionStatusQuery($named);
echo "$announced->RETURN_CODE $confirmed->RETURN_CODE $status->TRX_STATUS $status->AMOUNT";
`,
  },
  python: {
    ...soapRunners.python,
    text: `import json, os
from zeep import Client
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "input.json")) as file:
    data = json.load(file)
client = Client(data["wsdl"])
header = client.get_element("{${lnmoNamespace}}CheckOutHeader")(**data["header"])
call = lambda name, fields: client.service[name](**fields, _soapheaders=[header])
announced = call("processCheckOut", data["checkout"])
named = {"TRX_ID": announced.TRX_ID}
confirmed = call("confirmTransaction", named)
status = call("transactionStatusQuery", named)
print(announced.RETURN_CODE, confirmed.RETURN_CODE, status.TRX_STATUS, status.AMOUNT)
`,
  },
} as const;

for (const [language, { command, exists, text }] of Object.entries(programs))
  test(`a program in ${language} makes the three calls`, { skip: !exists }, async () => {
    const folder = mkdtempSync(join(tmpdir(), "pesarail-lnmo-"));
    try {
      const input = { wsdl: getWsdl(), header: getHeader(), checkout: createCheckout() };
      writeFileSync(join(folder, "input.json"), JSON.stringify(input));
      const path = join(folder, `checkout.${language === "php" ? "php" : "py"}`);
      writeFileSync(path, text);
      const result = await run(command, path, folder);
      assert.equal(result.code, 0, result.out + result.error);
      assert.equal(result.out.trim(), "00 00 Success 54");
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
