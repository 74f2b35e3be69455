/** Two servers serve the SOAP Broker as one: an id of a caller pays once, and a changed password holds on both. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { encryptNewPassword } from "../../src/protocols/soap/change-password.ts";
import { createDigest } from "../../src/protocols/soap/sp-digest.ts";
import { createTestDatabase } from "../support/cluster.ts";
import { assertInvariantsHold } from "../support/ledger-proof.ts";
import { waitFor } from "../support/prompts.ts";
import { createDataFolder, startServer, type Server } from "../support/server.ts";
import {
  createSoapClientAt,
  createSoapListener,
  type SoapTestClient,
  type SoapTestKeys,
} from "../support/soap.ts";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let folders: ReturnType<typeof createDataFolder>[];
let servers: Server[];
let keys: SoapTestKeys[];
let clients: SoapTestClient[];

before(async () => {
  database = await createTestDatabase();
  folders = [createDataFolder(), createDataFolder()];
  servers = await Promise.all(
    folders.map(({ path }) => startServer(path, database.url, { SOAP_LIVE_PORT: "0" })),
  );
  keys = servers.map(({ gateway }, index) => {
    const file = readFileSync(join(folders[index]?.path ?? "", "sandbox.json"), "utf8");
    const { soap } = JSON.parse(file) as { soap: SoapTestKeys & { url: string } };
    assert.equal(soap.url, gateway);
    return soap;
  });
  clients = servers.map(({ gateway }, index) => createSoapClientAt(gateway, keys[index] as SoapTestKeys));
});
after(async () => {
  await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
  await assertInvariantsHold(database.url);
  await database[Symbol.asyncDispose]();
  for (const folder of folders) folder[Symbol.dispose]();
});

test("both servers have the same provider", () => {
  const [first, second] = keys as unknown as Readonly<Record<string, unknown>>[];
  for (const name of ["spId", "spPassword", "serviceId", "passwordKey", "passwordVector", "certificate"])
    assert.equal(first?.[name], second?.[name], name);
});

test("each server has a listener for live, whose address is in sandbox.json", async () => {
  for (const { path } of folders) {
    const { soapLive } = JSON.parse(readFileSync(join(path, "sandbox.json"), "utf8")) as {
      soapLive: { url: string; tlsUrl: string };
    };
    assert.equal(soapLive.tlsUrl, soapLive.url.replace("http:", "https:"));
    const wsdl = await fetch(`${soapLive.url}/mminterface/request?wsdl`);
    assert.match(await wsdl.text(), new RegExp(`location="${soapLive.url}/mminterface/request"`));
    const control = await fetch(`${soapLive.url}/control/v1/status`);
    assert.equal(control.status, 404);
  }
});

test("requests with one id at both servers pay once", async () => {
  await using listener = await createSoapListener();
  const replies = await Promise.all(
    [0, 1, 0, 1].map((index) =>
      (clients[index] as SoapTestClient).run("BusinessPayment", {
        originatorConversationId: "at-both",
        resultUrl: listener.resultUrl,
      }),
    ),
  );
  assert.deepEqual(
    replies.map(({ code }) => code),
    ["0", "0", "0", "0"],
  );
  const results = await Promise.all([0, 1, 2, 3].map((index) => listener.waitForResult(index)));
  assert.deepEqual(results.map(({ code }) => code).sort(), ["0", "15", "15", "15"]);
});

test("a password that was changed at one server holds at the other within a second", async () => {
  const own = keys[0] as SoapTestKeys;
  const timeStamp = "1";
  const digest = createDigest({ spId: own.spId, password: own.spPassword, timeStamp }, "bytes");
  const encrypted = encryptNewPassword("another password", own.passwordKey, own.passwordVector);
  const response = await clients[0]?.post(
    `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><changePassword xmlns="http://www.csapi.org/schema/management/data/v1_0/local"><spId>${own.spId}</spId><spPassword>${digest}</spPassword><timeStamp>${timeStamp}</timeStamp><newPassword>${encrypted}</newPassword></changePassword></s:Body></s:Envelope>`,
    "/changePasswordService/services/changePassword",
  );
  assert.match((await response?.text()) ?? "", /ResponseCode>000000000</);
  const gateway = servers[1]?.gateway ?? "";
  await waitFor("the new password at the other server", async () => {
    const { code } = await createSoapClientAt(gateway, { ...own, spPassword: "another password" }).run(
      "BusinessPayment",
    );
    return code === "0" ? true : undefined;
  });
  assert.equal((await clients[1]?.run("BusinessPayment"))?.code, "100000007");
});
