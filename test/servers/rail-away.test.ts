/** A rail whose database is away when the server starts: the other rails work, and it joins when its database is back. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { test } from "node:test";
import { pino } from "pino";
import { railFor } from "../../src/core/rails.ts";
import { listen } from "../../src/http/server.ts";
import { fund } from "../../src/payments/funding.ts";
import { createSandboxClock } from "../../src/sandbox/clock.ts";
import { createStores, prepareRail, prepareStores } from "../../src/store/databases.ts";
import { createTestApp, createTestDatabase } from "../support/cluster.ts";
import { startDatabaseProxy, type DatabaseProxy } from "../support/database-proxy.ts";
import { waitFor } from "../support/prompts.ts";

const awayRail = railFor("sandbox", "vodacomLES");
const otherRail = railFor("sandbox", "vodacomTZN");

test("a rail that is away refuses, the others pay, and it joins without a restart", async () => {
  await using mainDatabase = await createTestDatabase();
  await using railDatabase = await createTestDatabase();
  const port = await findFreePort();
  const { username, password, database } = railDatabase.address;
  const main = { address: mainDatabase.address, setting: "DATABASE_URL" };
  const rail = {
    address: `postgres://${username}:${password}@127.0.0.1:${port}/${database}`,
    setting: "SANDBOX_DATABASE_URL_vodacomLES",
  };
  const locations = {
    main,
    rail: (environment: string, market: string) =>
      `${environment}_${market}` === awayRail.name ? rail : main,
  };
  const { away } = await prepareStores(locations, Date.now());
  assert.deepEqual(
    away.map(({ name }) => name),
    [awayRail.name],
  );

  const stores = createStores(locations);
  const clock = await createSandboxClock(stores.main);
  const rails = {
    awayRails: away,
    prepareRail: async (joining: typeof awayRail) => void (await prepareRail(locations, joining, Date.now())),
  };
  const app = await createTestApp(stores, clock, pino({ level: "silent" }), {}, rails);
  const server = await listen(app.server, { host: "127.0.0.1", port: 0, https: null });
  const readiness = async () => {
    const response = await fetch(`http://127.0.0.1:${server.http.port}/health/ready`);
    const { away: rails } = (await response.json()) as { away?: string[] };
    return { status: response.status, away: rails };
  };
  const fundWallet = (on: typeof awayRail, msisdn: string) =>
    fund(app.payments(on), {
      id: app.newId(),
      account: { kind: "wallet", owner: msisdn },
      amountMinor: 100n,
      description: "test",
    });
  let proxy: DatabaseProxy | undefined;
  try {
    const ready = await readiness();
    assert.deepEqual([ready.status, ready.away], [200, [awayRail.name]]);
    assert.equal((await fundWallet(otherRail, "255750000001")).status, "completed");
    assert.throws(() => app.payments(awayRail), /DatabaseUnavailable|database/i);

    proxy = await startDatabaseProxy(railDatabase.address, port);
    await waitFor("the rail to join", async () =>
      (await readiness()).away === undefined ? true : undefined,
    );
    assert.equal((await fundWallet(awayRail, "26650000001")).status, "completed");
  } finally {
    await server.close();
    await app.close();
    await clock.close();
    await stores.close();
    await proxy?.close();
  }
});

/** A port of this machine that nothing listens on. */
async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
