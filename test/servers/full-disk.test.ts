/**
 * A disk without space: payments are refused, readiness says so, the server answers also while PostgreSQL cannot run,
 * and everything works again when there is space, with nothing lost.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { getRunningCluster } from "../../src/embedded-postgres/connect-running.ts";
import { embeddedDatabaseName } from "../../src/config/database-locations.ts";
import { waitFor } from "../support/prompts.ts";
import { assertInvariantsHold } from "../support/ledger-proof.ts";
import { connectToSchema } from "../support/sandbox.ts";
import { collectPath, paymentFields, startServer, type CallResult, type Server } from "../support/server.ts";
import { createSmallDisk } from "../support/small-disk.ts";

const isPaid = ({ status }: CallResult): boolean => status === 201;

async function readReadiness(server: Server): Promise<number> {
  const response = await fetch(`${server.gateway}/health/ready`);
  await response.body?.cancel();
  return response.status;
}

test("a full disk refuses payments, and loses none, until it has space again", async (t) => {
  using disk = createSmallDisk(400);
  t.diagnostic(`the disk is filled by ${disk.method}`);
  await using server = await startServer(disk.dataDir, undefined, { LOG_LEVEL: "silent" });
  const bearer = await server.session();
  const paid: string[] = [];
  const pay = async (): Promise<CallResult> => {
    const fields = paymentFields(server, { input_Amount: "1" });
    const result = await server.call("POST", collectPath, fields, bearer);
    if (isPaid(result)) paid.push(fields.input_ThirdPartyConversationID);
    return result;
  };
  const waitForReadiness = (status: number) =>
    waitFor(
      `readiness ${status}`,
      async () => ((await readReadiness(server)) === status ? true : undefined),
      30_000,
    );
  const waitForPayment = () =>
    waitFor("a payment", async () => (isPaid(await pay()) ? true : undefined), 30_000);
  /** The pages that the tables have already take some payments. */
  const waitForRefusal = () =>
    waitFor("a refusal", async () => {
      const results = await Promise.all(Array.from({ length: 20 }, pay));
      return results.find((result) => !isPaid(result));
    });
  const address = getRunningCluster(disk.dataDir).address(embeddedDatabaseName);

  await waitForPayment();
  assert.equal(await readReadiness(server), 200);

  disk.fill();
  await waitForReadiness(503);
  const refused = await waitForRefusal();
  assert.match(refused.body["output_ResponseCode"] ?? "", /^INS-(1|9)$/);
  disk.free();
  await waitForReadiness(200);
  await waitForPayment();

  // Without space for the WAL, PostgreSQL cannot even run. New connections need space too.
  const admin = connectToSchema(address, "public");
  await admin`select 1`;
  disk.fill();
  await admin`select pg_switch_wal()`.catch(() => {});
  await admin`select pg_logical_emit_message(true, 'test', repeat('x', 100000))`.catch(() => {});
  await admin.end({ timeout: 1 });
  await waitForReadiness(503);
  await waitForRefusal();
  disk.free();
  await waitForReadiness(200);
  await waitForPayment();

  const sql = connectToSchema(address, "sandbox_vodacomTZN");
  const rows = await sql<{ reference: string; count: number }[]>`
    select reference, count(*)::integer as count from payments where status = 'completed' group by reference`;
  await sql.end();
  const counts = new Map(rows.map(({ reference, count }) => [reference, count]));
  for (const reference of paid) assert.equal(counts.get(reference), 1, reference);
  await assertInvariantsHold(address);
});
