/** Two servers serve Daraja as one: a token of one is good at the other, and a prompt of one is answered at the other. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createTestDatabase } from "../support/cluster.ts";
import {
  createDarajaClientAt,
  kenya,
  stkFields,
  type DarajaKeys,
  type DarajaTestClient,
} from "../support/daraja.ts";
import { assertInvariantsHold } from "../support/ledger-proof.ts";
import { createTestListener } from "../support/listener.ts";
import { waitFor } from "../support/prompts.ts";
import { createDataFolder, startServer, type Server } from "../support/server.ts";

const handset = { msisdn: "254722000006", pin: "1234" };

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let folders: ReturnType<typeof createDataFolder>[];
let servers: Server[];
let clients: DarajaTestClient[];

before(async () => {
  database = await createTestDatabase();
  folders = [createDataFolder(), createDataFolder()];
  servers = await Promise.all(folders.map(({ path }) => startServer(path, database.url)));
  clients = servers.map(({ gateway }, index) => {
    const file = readFileSync(join(folders[index]?.path ?? "", "sandbox.json"), "utf8");
    const { daraja } = JSON.parse(file) as { daraja: DarajaKeys & { url: string } };
    assert.equal(daraja.url, gateway);
    return createDarajaClientAt(gateway, daraja);
  });
});
after(async () => {
  await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
  await assertInvariantsHold(database.url);
  await database[Symbol.asyncDispose]();
  for (const folder of folders) folder[Symbol.dispose]();
});

test("both servers have the same keys and the same certificate", async () => {
  const [first, second] = clients.map(({ keys }) => keys as unknown as Readonly<Record<string, unknown>>);
  // Each server encrypts the credential itself, with other random bytes.
  for (const name of ["consumerKey", "consumerSecret", "certificate", "initiatorPassword"])
    assert.equal(first?.[name], second?.[name], name);
});

test("a push at one server with a token of the other is answered at the other, and queried at both", async () => {
  await using listener = await createTestListener();
  for (const [from, to] of [
    [0, 1],
    [1, 0],
  ] as const) {
    const [own, other] = [clients[from], clients[to]] as [DarajaTestClient, DarajaTestClient];
    const token = await other.getToken();
    const before = listener.received.length;
    const push = await own.post("/mpesa/stkpush/v1/processrequest", stkTo(handset.msisdn, listener.url), {
      token,
    });
    assert.equal(push.status, 200, push.text);
    const checkoutRequestId = push.body["CheckoutRequestID"];
    assert.equal((await other.query(checkoutRequestId)).body["ResultCode"], "4999");
    const answered = await servers[to]?.control(
      "POST",
      `/markets/${kenya}/handsets/${handset.msisdn}/answer`,
      {
        says: "approve",
        pin: handset.pin,
        waitSeconds: 10,
      },
    );
    assert.equal(answered.outcome, "accepted", JSON.stringify(answered));
    const callbacks = await listener.waitForCallbacks(before + 1);
    assert.match(callbacks[before]?.text ?? "", /"ResultCode":0,/);
    for (const client of clients)
      assert.equal((await client.query(checkoutRequestId)).body["ResultCode"], "0");
  }
});

test("a fault that one server is asked for applies once, at whichever server the next request arrives", async () => {
  const [own, other] = clients as [DarajaTestClient, DarajaTestClient];
  await servers[0]?.control("POST", `/markets/${kenya}/faults`, { kind: "internal_error" });
  const failures = await waitFor("the fault at the other server", async () => {
    const reply = await other.push({ Amount: 5 });
    return reply.status === 500 && reply.body["errorMessage"] === "Server Error" ? reply : undefined;
  });
  assert.equal(failures.body["errorCode"], "500.001.1001");
  const next = await own.push({ Amount: 6 });
  assert.notEqual(next.body["errorMessage"], "Server Error");
});

const stkTo = (msisdn: string, url: string): object => ({
  ...stkFields({ PartyA: msisdn, PhoneNumber: msisdn, CallBackURL: url }),
});
