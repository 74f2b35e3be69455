/** Server processes with IPG v1: two that serve it as one, the ports of its listeners, and how they stop. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { findOperation } from "../../src/protocols/ipg-v1/operations.ts";
import type { IpgV1Product } from "../../src/protocols/ipg-v1/products.ts";
import { createTestDatabase } from "../support/cluster.ts";
import { buildFields, mozambique, pathTo, type IpgV1ClientInfo } from "../support/ipg-v1.ts";
import { assertInvariantsHold } from "../support/ledger-proof.ts";
import { encryptTo, readPublicKey } from "../support/sandbox.ts";
import { createDataFolder, startServer, type Server } from "../support/server.ts";

interface SandboxSection extends IpgV1ClientInfo {
  readonly url: string;
  readonly ports: Readonly<Record<string, number | null>>;
}

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let folders: ReturnType<typeof createDataFolder>[];
let servers: Server[];
let sections: SandboxSection[];

const freePorts = {
  IPG_V1_PORT_C2B: "0",
  IPG_V1_PORT_B2C: "0",
  IPG_V1_PORT_QUERY_TRANSACTION_STATUS: "0",
};

const readSection = (folder: { readonly path: string } | undefined): SandboxSection => {
  const file = JSON.parse(readFileSync(join(folder?.path ?? "", "sandbox.json"), "utf8")) as {
    ipgV1: SandboxSection;
    protocols: Record<string, SandboxSection>;
  };
  assert.deepEqual(file.protocols["ipg-v1"], file.ipgV1);
  return file.ipgV1;
};

before(async () => {
  database = await createTestDatabase();
  folders = [createDataFolder(), createDataFolder()];
  servers = await Promise.all(folders.map(({ path }) => startServer(path, database.url, freePorts)));
  sections = folders.map(readSection);
});
after(async () => {
  await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
  await assertInvariantsHold(database.url);
  await database[Symbol.asyncDispose]();
  for (const folder of folders) folder[Symbol.dispose]();
});

interface Reply {
  readonly status: number;
  readonly body: Readonly<Record<string, string>>;
}

const bearer = ({ apiKey, publicKey }: SandboxSection): string => encryptTo(readPublicKey(publicKey), apiKey);

async function send(
  origin: string,
  token: string,
  product: IpgV1Product,
  fields: Record<string, string>,
): Promise<Reply> {
  const operation = findOperation(product);
  const { method } = operation;
  const query = method === "GET" ? `?${new URLSearchParams(fields).toString()}` : "";
  const response = await fetch(origin + pathTo(operation) + query, {
    method,
    headers: { authorization: `Bearer ${token}` },
    ...(method === "GET" ? {} : { body: JSON.stringify(fields) }),
  });
  return { status: response.status, body: (await response.json()) as Reply["body"] };
}

const summarise = ({ status, body }: Reply): string => `${status} ${body["output_ResponseCode"]}`;

test("sandbox.json has the addresses and keys, with null for a port that is off", () => {
  const [first, second] = sections as [SandboxSection, SandboxSection];
  assert.equal(first.url, servers[0]?.gateway);
  assert.equal(first.apiKey, second.apiKey);
  assert.match(first.apiKey, /^[0-9A-Za-z]{32}$/);
  assert.notEqual(first.apiKey, servers[0]?.clientInfo.apiKey);
  assert.deepEqual([first.serviceProviderCode, first.receiverPartyCode], ["171717", "979797"]);
  const { c2b, b2c, queryTransactionStatus, ...off } = first.ports;
  for (const port of [c2b, b2c, queryTransactionStatus]) assert(typeof port === "number" && port > 0);
  assert.deepEqual(off, { b2b: null, reversal: null, queryCustomerName: null });
});

test("a reference pays once at both servers, on the main port and on the own one", async () => {
  const [first, second] = sections as [SandboxSection, SandboxSection];
  const token = bearer(first);
  for (const [from, to] of [
    [first, second],
    [second, first],
  ] as const) {
    const fields = buildFields("ipgV1C2b");
    assert.equal(
      summarise(await send(`http://127.0.0.1:${from.ports["c2b"]}`, token, "ipgV1C2b", fields)),
      "201 INS-0",
    );
    assert.equal(summarise(await send(to.url, token, "ipgV1C2b", fields)), "409 INS-10");
  }
  const fields = buildFields("ipgV1C2b");
  const replies = await Promise.all(
    Array.from({ length: 20 }, (_, index) => send(sections[index % 2]?.url ?? "", token, "ipgV1C2b", fields)),
  );
  const codes = replies.map(summarise).toSorted();
  assert.deepEqual(codes, ["201 INS-0", ...Array.from({ length: 19 }, () => "409 INS-10")]);
});

test("a prompt of one server is answered at the other, and the caller gets the result", async () => {
  const handset = sections[0]?.handsets[0] ?? assert.fail();
  for (const [from, to] of [
    [0, 1],
    [1, 0],
  ] as const) {
    const [own, other] = [sections[from], servers[to]];
    assert(own !== undefined && other !== undefined);
    const fields = buildFields("ipgV1C2b", { input_CustomerMSISDN: handset.msisdn });
    const pending = send(own.url, bearer(own), "ipgV1C2b", fields);
    const answered = await other.control("POST", `/markets/${mozambique}/handsets/${handset.msisdn}/answer`, {
      says: "approve",
      pin: handset.pin,
      waitSeconds: 10,
    });
    assert.equal(answered.outcome, "accepted", JSON.stringify(answered));
    assert.equal(summarise(await pending), "201 INS-0");
    const query = buildFields("ipgV1QueryTransactionStatus", {
      input_QueryReference: fields["input_ThirdPartyReference"],
    });
    for (const section of sections) {
      const { body } = await send(section.url, bearer(section), "ipgV1QueryTransactionStatus", query);
      assert.equal(body["output_ResponseTransactionStatus"], "Completed");
    }
  }
});

test("a key that is renewed at one server is refused by the other within a second", async () => {
  const [first, second] = servers as [Server, Server];
  const { id, ipgV1 } = await first.control("POST", "/applications", { name: "Renewed at one" });
  const section = sections[1] ?? assert.fail();
  const token = bearer({ ...section, apiKey: ipgV1.apiKey });
  const pay = () => send(second.gateway, token, "ipgV1C2b", buildFields("ipgV1C2b"));
  assert.equal(summarise(await pay()), "201 INS-0");
  await first.control("POST", `/applications/${id}/ipg-v1-key`, {});
  const deadline = Date.now() + 5000;
  let last = await pay();
  while (last.status !== 401 && Date.now() < deadline) last = await pay();
  assert.equal(summarise(last), "401 INS-2");
  assert.match(last.body["output_error"] ?? "", /^The API key was renewed/);
});

test("a busy port never stops a server, and SIGTERM ends waiting requests within STOP_TIMEOUT", async () => {
  const busy = createServer().listen(0, "127.0.0.1");
  await once(busy, "listening");
  const { port } = busy.address() as AddressInfo;
  using folder = createDataFolder();
  await using server = await startServer(folder.path, database.url, {
    IPG_V1_PORT_C2B: "0",
    IPG_V1_PORT_B2C: String(port),
    STOP_TIMEOUT: "10s",
  });
  try {
    const section = readSection(folder);
    assert.equal(section.ports["b2c"], null);
    const warnings = server.logLines.filter((line) => line.includes("IPG_V1_PORT_B2C"));
    assert.equal(warnings.length, 1, server.logLines.join("\n"));
    const handset = section.handsets[1] ?? assert.fail();
    const fields = buildFields("ipgV1C2b", { input_CustomerMSISDN: handset.msisdn });
    const pending = send(`http://127.0.0.1:${section.ports["c2b"]}`, bearer(section), "ipgV1C2b", fields);
    const query = buildFields("ipgV1QueryTransactionStatus", {
      input_QueryReference: fields["input_ThirdPartyReference"],
    });
    // The payment is stored before the request waits.
    for (;;) {
      const reply = await send(section.url, bearer(section), "ipgV1QueryTransactionStatus", query);
      if (reply.body["output_ResponseCode"] === "INS-0") break;
    }
    const startedAt = performance.now();
    const exitCode = server.stop();
    assert.equal(summarise(await pending), "408 INS-9");
    assert.equal(await exitCode, 0);
    assert(performance.now() - startedAt < 10_000);
  } finally {
    busy.close();
  }
});
