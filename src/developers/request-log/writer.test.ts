/** The log keeps within its bounds, is searchable, and its roll-ups match its rows. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, test } from "node:test";
import { createTestDatabase } from "../../../test/support/cluster.ts";
import { connectToSchema } from "../../../test/support/sandbox.ts";
import { msPerDay, msPerMinute } from "../../core/clock.ts";
import { createIdGenerator } from "../../core/ids.ts";
import type { Sql } from "../../store/driver/connect.ts";
import { requestLogInvariants } from "../../store/proof/request-log-invariants.ts";
import { findRequests, type RequestFilter } from "./reader.ts";
import type { LoggedRequest } from "./logged-request.ts";
import { maxPerSource } from "./strangers.ts";
import { createRequestLogWriter } from "./writer.ts";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
before(async () => {
  database = await createTestDatabase();
});
after(() => database[Symbol.asyncDispose]());

const hashKey = new Uint8Array(randomBytes(32));
const newId = createIdGenerator(1023);

const createRequest = (changes: Partial<LoggedRequest> = {}): LoggedRequest => ({
  id: newId(),
  environment: "sandbox",
  protocol: "openapi-v2",
  operation: "c2bSingle",
  applicationId: 1n,
  credentialId: 2n,
  apiKeyHint: "abcd",
  source: "127.0.0.1",
  method: "POST",
  path: "/",
  headers: {},
  httpStatus: 201,
  code: "INS-0",
  latencyUs: Math.floor(Math.random() * 50_000),
  organisation: null,
  reference: randomBytes(8).toString("hex"),
  msisdnMasked: null,
  customer: null,
  amountMinor: 5n,
  madePayment: false,
  names: [],
  request: [],
  responseBody: "{}",
  reason: "",
  ...changes,
});

/** A writer to a schema of its own test. */
function createWriter(schema: string, maxBytes: number) {
  const sql = connectToSchema(database.address, schema);
  const errors: unknown[] = [];
  const writer = createRequestLogWriter({
    maxBytes,
    retentionMs: 7 * msPerDay,
    locate: () => ({ sql, hashKey }),
    onError: (error) => errors.push(error),
  });
  return {
    writer,
    errors,
    sql,
    async [Symbol.asyncDispose]() {
      await writer.close();
      await sql.end();
    },
  };
}

const anything: RequestFilter = {
  environment: null,
  applicationIds: null,
  credentialId: null,
  protocol: null,
  operation: null,
  code: null,
  httpStatus: null,
  before: null,
  from: null,
  until: null,
  reference: null,
  name: null,
  namedIds: [],
  msisdn: null,
  limit: 50,
};

async function assertRollupsMatch(log: Sql): Promise<void> {
  for (const { name, offenders } of requestLogInvariants)
    assert.deepEqual([...(await log.unsafe(offenders))], [], name);
}

test("a log that reaches its size drops its oldest requests, and its roll-ups still match", async () => {
  const maxBytes = 6 * 1024 * 1024;
  await using log = createWriter("sandbox_vodacomTZN", maxBytes);
  const first = createRequest();
  log.writer.record(null, first);
  let last = first;
  // Random text cannot be compressed: about twice the size that the log may have.
  for (let batch = 0; batch < 24; batch += 1) {
    for (let line = 0; line < 128; line += 1) {
      last = createRequest({ responseBody: randomBytes(3000).toString("base64") });
      log.writer.record(null, last);
    }
    await log.writer.flush();
  }
  assert.deepEqual(log.errors, []);
  const [size] = await log.sql<{ bytes: bigint }[]>`
    select sum(pg_total_relation_size(inhrelid))::bigint as bytes from pg_inherits
    where inhparent in ('request_log'::regclass, 'request_log_blocks'::regclass)`;
  assert(Number(size?.bytes) < maxBytes * 1.1, `the log has ${size?.bytes} bytes`);
  const search = { sql: log.sql, hashKey, hasPayments: true };
  const find = async (request: LoggedRequest) =>
    (await findRequests(search, { ...anything, reference: request.reference })).map(
      ({ requestId }) => requestId,
    );
  assert.deepEqual(await find(last), [last.id]);
  assert.deepEqual(await find(first), []);
  await assertRollupsMatch(log.sql);
  const [rollup] = await log.sql`
    select sum(requests)::integer as requests from request_log_rollups where resolution = 1440`;
  assert.equal(rollup?.["requests"], 24 * 128 + 1, "roll-ups outlive the requests");
});

test("while a reader holds the oldest requests, lines are dropped and not the limit exceeded", async () => {
  const maxBytes = 3 * 1024 * 1024;
  await using log = createWriter("live_vodacomTZN", maxBytes);
  const reader = await log.sql.reserve();
  /** Returns how many lines of a batch were dropped. */
  const writeLines = async (): Promise<number> => {
    const before = log.writer.dropped;
    for (let line = 0; line < 128; line += 1)
      log.writer.record(null, createRequest({ responseBody: randomBytes(3000).toString("base64") }));
    await log.writer.flush();
    return log.writer.dropped - before;
  };
  log.writer.record(null, createRequest());
  await log.writer.flush();
  await reader`begin`;
  await reader`select count(*) from request_log`;
  let batches = 0;
  while ((await writeLines()) === 0) batches += 1;
  assert(batches < 12, `${batches} batches were written`);
  assert.match(String(log.errors[0]), /has reached its size/);
  await reader`rollback`;
  reader.release();
  // The size is looked at once a second.
  let dropped = 1;
  while (dropped > 0) dropped = await writeLines();
  await assertRollupsMatch(log.sql);
});

test("of requests without a known key some of each source are stored, and the others are counted", async () => {
  await using log = createWriter("sandbox_vodacomMOZ", 64 * 1024 * 1024);
  const createStranger = (source: string) =>
    createRequest({ applicationId: null, credentialId: null, code: "INS-989", httpStatus: 401, source });
  for (let request = 0; request < maxPerSource + 40; request += 1)
    log.writer.record(null, createStranger("192.0.2.1"));
  log.writer.record(null, createStranger("192.0.2.2"));
  log.writer.record(null, createRequest());
  await log.writer.flush();
  const rows =
    await log.sql`select source, sum(requests)::integer as requests from request_log_omissions group by 1`;
  const stored = await findRequests(
    { sql: log.sql, hashKey, hasPayments: true },
    { ...anything, limit: 1000 },
  );
  const bySource = Object.groupBy(stored, ({ source }) => source);
  // A minute may begin in between, which admits as many again.
  const omitted = rows.length === 0 ? 0 : rows[0]?.["requests"];
  assert.equal((bySource["192.0.2.1"]?.length ?? 0) + omitted, maxPerSource + 40);
  assert((bySource["192.0.2.1"]?.length ?? 0) >= maxPerSource);
  assert.deepEqual([bySource["192.0.2.2"]?.length, bySource["127.0.0.1"]?.length], [1, 1]);
  await assertRollupsMatch(log.sql);
});

test("requests are found by every column and name, page by page", async () => {
  await using log = createWriter("sandbox_vodacomLES", 64 * 1024 * 1024);
  const common = Array.from({ length: 300 }, () => createRequest());
  const rare = createRequest({
    code: "INS-15",
    httpStatus: 400,
    operation: "b2c",
    applicationId: 7n,
    credentialId: 8n,
    customer: "266500000001",
    names: ["hv9ahxcg4ccv"],
  });
  const requests = [...common.slice(0, 150), rare, ...common.slice(150)];
  for (const request of requests) log.writer.record(null, request);
  await log.writer.flush();
  const search = { sql: log.sql, hashKey, hasPayments: true };
  const find = async (filter: Partial<RequestFilter>) =>
    (await findRequests(search, { ...anything, ...filter })).map(({ requestId }) => requestId);
  const filters: Partial<RequestFilter>[] = [
    { code: "INS-15" },
    { httpStatus: 400 },
    { operation: "b2c" },
    { applicationIds: [7n] },
    { credentialId: 8n },
    { msisdn: "266500000001" },
    { reference: rare.reference },
    { name: rare.reference },
    { name: "hv9ahxcg4ccv" },
    { name: "hv9ahxcg4ccv", msisdn: "266500000001", code: "INS-15" },
    { name: "x", namedIds: [rare.id] },
  ];
  for (const filter of filters) assert.deepEqual(await find(filter), [rare.id], JSON.stringify(filter.code));
  const empty: Partial<RequestFilter>[] = [
    { code: "INS-15", operation: "c2bSingle" },
    { reference: "hv9ahxcg4ccv" },
    { msisdn: "266500000002" },
    { until: Date.now() - msPerMinute },
    { from: Date.now() + msPerMinute },
    { code: "INS-15", until: Date.now() - msPerMinute },
    { name: "hv9ahxcg4ccv", before: rare.id },
  ];
  for (const filter of empty) assert.deepEqual(await find(filter), []);
  const newestFirst = common.map(({ id }) => id).toReversed();
  const first = await find({ code: "INS-0", limit: 200 });
  assert.deepEqual(first, newestFirst.slice(0, 200));
  assert.deepEqual(
    await find({ code: "INS-0", limit: 200, before: first.at(-1) ?? null }),
    newestFirst.slice(200),
  );
  await assertRollupsMatch(log.sql);
});

test("a log without a size stores nothing", async () => {
  await using log = createWriter("sandbox_vodacomDRC", 0);
  log.writer.record(null, createRequest());
  await log.writer.flush();
  assert.deepEqual([...(await log.sql`select * from request_log_segments`)], []);
});
