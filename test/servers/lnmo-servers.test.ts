/** Two servers on one database are one LNMO checkout: a checkout of one is confirmed at the other, and once. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { kenya } from "../support/daraja.ts";
import { createTestDatabase } from "../support/cluster.ts";
import { createTestListener, respondWith } from "../support/listener.ts";
import { checkOutFields, createLnmoClient, type LnmoKeys } from "../support/lnmo.ts";
import { createDataFolder, startServer } from "../support/server.ts";

const customer = "254722000001";

test("a checkout is announced at one server, confirmed at both, and paid once", async () => {
  await using database = await createTestDatabase();
  using first = createDataFolder();
  using second = createDataFolder();
  await using one = await startServer(first.path, database.url);
  await using two = await startServer(second.path, database.url);
  await using listener = await createTestListener({ behaviour: respondWith(200, {}, "ok") });
  const { soap } = JSON.parse(readFileSync(join(first.path, "sandbox.json"), "utf8")) as {
    readonly soap: { readonly lnmo: LnmoKeys };
  };
  const [atOne, atTwo] = [one, two].map(({ gateway }) => createLnmoClient(gateway, soap.lnmo));
  assert(atOne !== undefined && atTwo !== undefined);

  const readBalance = async (): Promise<string> =>
    (await one.control("GET", `/markets/${kenya}/customers/${customer}`)).available;
  const before = Number(await readBalance());
  const fields = checkOutFields({ MSISDN: customer, CALL_BACK_URL: listener.url });
  const trxId = (await atOne.checkOut(fields)).get("TRX_ID") ?? "";
  assert.equal((await atTwo.checkOut(fields)).get("RETURN_CODE"), "35");
  const replies = await Promise.all(
    Array.from({ length: 12 }, (_, index) => (index % 2 === 0 ? atOne : atTwo).confirm({ TRX_ID: trxId })),
  );
  // 34: another confirmation is under way.
  const codes = replies.map((reply) => reply.get("RETURN_CODE") ?? "");
  assert(codes.includes("00"));
  assert.deepEqual(
    codes.filter((code) => !["00", "34"].includes(code)),
    [],
  );
  await listener.waitForCallbacks(1);
  assert.equal((await atTwo.queryStatus({ TRX_ID: trxId })).get("TRX_STATUS"), "Success");
  assert.equal(Number(await readBalance()), before - 54);
  assert.equal(listener.received.length, 1);
});
