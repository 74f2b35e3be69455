/** No key, bearer, token or full customer number is stored or shown anywhere. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { zstdDecompressSync } from "node:zlib";
import { requestLogTables } from "../../src/store/request-log/tables.ts";
import { createTestApplication } from "../support/application.ts";
import { c2bFields, createTestSandbox, createReference, type TestSandbox } from "../support/sandbox.ts";
import { products } from "../protocols/openapi-v2/documented.ts";
import { examplePayload, sendCall } from "../protocols/openapi-v2/packets.ts";

/** The whole request log, of every rail and the main schema: the rows as they are, and the texts of all blocks. */
async function readRequestLog({ stores }: TestSandbox): Promise<string> {
  // The request log is written several times a second; the test waits for its last request.
  const pools = [stores.main, ...[...stores.rails.values()].map(({ sql }) => sql)];
  const contents = await Promise.all(
    pools.map(async (sql) => {
      const blocks = await sql<{ data: Buffer }[]>`select data from request_log_blocks`;
      const texts = blocks.map(({ data }) => zstdDecompressSync(data).toString("utf8"));
      const tables = await Promise.all(
        requestLogTables.map((table) => sql`select * from ${sql(table)} as t`.then((rows) => [...rows])),
      );
      return [texts, tables.flat().map((row) => ({ ...row, data: undefined }))];
    }),
  );
  return JSON.stringify(contents, (_key, value: unknown) =>
    typeof value === "bigint" ? String(value) : value,
  );
}

test("logs, metrics, responses and the request log contain no key, bearer, token or full number", async () => {
  await using sandbox = await createTestSandbox();
  const [amina = "", baraka = ""] = sandbox.clientInfo.markets.vodacomTZN.customers;
  const { apiKey } = await createTestApplication(sandbox);
  const opened = await sandbox.raw("GET", "/sandbox/ipg/v2/vodacomTZN/getSession/", {
    bearer: sandbox.encrypt(apiKey),
  });
  const sessionKey = opened.body["output_SessionID"] ?? "";
  const bearer = sandbox.encrypt(sessionKey);
  const { controlToken } = sandbox.platform;
  const numbers = [amina, baraka];
  const answers: string[] = [];
  const keepBody = ({ body }: { body: object }) => answers.push(JSON.stringify(body));

  for (const [call] of products.filter(([, { markets: offered }]) => offered.length === 5)) {
    for (const input_CustomerMSISDN of [...numbers, "255759999999", `${amina}0`, "not a number"]) {
      keepBody(
        await sendCall(sandbox, call, examplePayload(call, "vodacomTZN", { input_CustomerMSISDN }), {
          market: "vodacomTZN",
          bearer,
        }),
      );
    }
  }
  // A number in places where none belongs: another field, an unknown field, the path, a header, a wrong market.
  for (const change of [
    { input_TransactionReference: amina },
    { input_PurchasedItemsDesc: `for ${amina}` },
    { input_ServiceProviderCode: amina },
    { input_Country: amina },
    { unknown: amina },
    { [amina]: "name" },
  ]) {
    await sandbox.call("POST", "c2bPayment/singleStage/", c2bFields(sandbox, change), { bearer });
  }
  const path = "/sandbox/ipg/v2/vodacomTZN";
  const headers = {
    "x-customer": amina,
    referer: `https://shop.example/?msisdn=${amina}`,
    cookie: sessionKey,
    "x-api-key": apiKey,
  };
  await sandbox.raw("POST", `${path}/c2bPayment/singleStage/`, {
    bearer,
    headers,
    fields: c2bFields(sandbox),
  });
  await sandbox.raw("POST", `${path}/c2bPayment/singleStage/?token=${encodeURIComponent(bearer)}`, {
    bearer,
    fields: {},
  });
  await sandbox.raw("POST", `/sandbox/ipg/v2/${amina}/c2bPayment/singleStage/`, {
    bearer,
    fields: c2bFields(sandbox),
  });
  await sandbox.raw("GET", `${path}/${amina}/`, { bearer });
  await sandbox.raw("GET", `${path}/queryTransactionStatus/?input_QueryReference=${amina}`, { bearer });
  await sandbox.raw("POST", `${path}/c2bPayment/singleStage/`, {
    bearer,
    body: `no JSON of ${amina} with ${apiKey}`,
  });
  await sandbox.raw("POST", `${path}/c2bPayment/singleStage/`, {
    bearer: apiKey,
    fields: c2bFields(sandbox),
  });
  await sandbox.raw("GET", `${path}/getSession/`, {
    bearer: sandbox.encrypt("unknown"),
    fields: { key: apiKey },
  });
  keepBody(
    await sandbox.raw("POST", "/sandbox/ipg/v2/vodafoneGHA/c2bPayment/singleStage/", {
      bearer,
      fields: c2bFields(sandbox),
    }),
  );
  // An internal fault: a payment that the database refuses, with the customer's number in its error.
  await sandbox.sql()`alter table payments add constraint no_more check (amount_minor <> 77)`;
  keepBody(
    await sandbox.call("POST", "c2bPayment/singleStage/", c2bFields(sandbox, { input_Amount: "0.77" }), {
      bearer,
    }),
  );
  await sandbox.sql()`alter table payments drop constraint no_more`;

  const last = createReference();
  await sandbox.call(
    "POST",
    "c2bPayment/singleStage/",
    c2bFields(sandbox, { input_ThirdPartyConversationID: last }),
    {
      bearer,
    },
  );
  let requestLog = "";
  for (let tries = 0; tries < 200 && !requestLog.includes(last); tries += 1)
    requestLog = await readRequestLog(sandbox);
  assert(
    requestLog.includes(last),
    `the request log has the last request; the log: ${sandbox.logLines.join("").slice(-2000)}`,
  );
  const metrics = await (await fetch(`${sandbox.url}/metrics`)).text();

  assert.match(requestLog, /2557\*\*\*\*0001/, "numbers are masked, not lost");
  assert.match(requestLog, /The customer/, "reasons are in the log");
  const secrets = [
    apiKey,
    sessionKey,
    bearer,
    controlToken,
    sandbox.clientInfo.apiKey,
    ...numbers,
    encodeURIComponent(bearer),
  ];
  const texts = {
    "the request log": requestLog,
    "the log": sandbox.logLines.join("\n"),
    metrics,
    answers: answers.join("\n"),
  };
  for (const [source, text] of Object.entries(texts)) {
    for (const secret of secrets) {
      const at = text.indexOf(secret);
      assert.equal(at, -1, `${source} contains a secret: ${text.slice(Math.max(0, at - 120), at + 20)}`);
    }
  }
});
