/**
 * A database that stops answering while its connections stay open: every caller gets a response in ten seconds, no
 * payment is lost or made twice, and everything works again when the database does.
 */
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { ignoreDriverRejection } from "../../src/store/driver/ignore-driver-rejection.ts";
import { assertInvariantsHold } from "../support/ledger-proof.ts";
import { startDatabaseProxy, type DatabaseProxy } from "../support/database-proxy.ts";
import { collect, summarise } from "../support/payments.ts";
import { waitFor } from "../support/prompts.ts";
import { connectToSchema, createReference, createTestSandbox, type TestSandbox } from "../support/sandbox.ts";

// As in the server: nothing handles the rejection of the driver's own query when its connection is destroyed. The test
// runner would count it as a failure of the test; any other rejection is thrown, and fails the test as it should.
before(() => {
  process.removeAllListeners("unhandledRejection");
  ignoreDriverRejection(() => {});
});

/** Ten seconds, and what a busy machine needs for the response. */
const maxResponseMs = 20_000;

async function createSandboxBehindProxy() {
  const started: DatabaseProxy[] = [];
  const sandbox = await createTestSandbox({
    async connectThrough(address) {
      const proxy = await startDatabaseProxy(address);
      started.push(proxy);
      return proxy.url;
    },
  });
  const [proxy] = started;
  assert(proxy !== undefined);
  return {
    sandbox,
    proxy,
    async [Symbol.asyncDispose]() {
      proxy.resume();
      await sandbox[Symbol.asyncDispose]();
      await proxy.close();
    },
  };
}

interface TimedResponse {
  readonly summary: string;
  readonly durationMs: number;
}

async function measure(responding: Promise<string>): Promise<TimedResponse> {
  const startedAt = performance.now();
  const summary = await responding;
  return { summary, durationMs: performance.now() - startedAt };
}

const fetchStatus = async (sandbox: TestSandbox, path: string, headers = {}): Promise<string> => {
  const response = await fetch(sandbox.url + path, { headers });
  await response.body?.cancel();
  return String(response.status);
};

const pay = (sandbox: TestSandbox, reference: string): Promise<TimedResponse> =>
  measure(collect(sandbox, { input_ThirdPartyConversationID: reference, input_Amount: "1" }).then(summarise));

function assertInTime(responses: readonly TimedResponse[], expected: RegExp): void {
  for (const { summary, durationMs } of responses) {
    assert.match(summary, expected);
    assert(durationMs < maxResponseMs, `${summary} after ${Math.round(durationMs)} ms`);
  }
}

/** How often each reference was paid. */
async function countPayments(sandbox: TestSandbox): Promise<ReadonlyMap<string, number>> {
  const sql = connectToSchema(sandbox.databaseAddress, "sandbox_vodacomTZN");
  try {
    const rows = await sql<{ reference: string; count: number }[]>`
      select reference, count(*)::integer as count from payments where status = 'completed' group by reference`;
    return new Map(rows.map(({ reference, count }) => [reference, count]));
  } finally {
    await sql.end();
  }
}

/** The beginning of every reference of this process. */
const referencePrefix = createReference().slice(0, -1);

/**
 * Payments in a database that falls silent, and their responses by reference: at any moment, or for its replies when a
 * batch of payments commits.
 */
async function payIntoSilence(
  { sandbox, proxy }: { sandbox: TestSandbox; proxy: DatabaseProxy },
  direction: "both" | "replies",
) {
  const results = new Map<string, string>();
  const payAndNote = async (): Promise<TimedResponse> => {
    const reference = createReference();
    const response = await pay(sandbox, reference);
    results.set(reference, response.summary);
    return response;
  };
  const first = await payAndNote();
  assert.equal(first.summary, "201 INS-0");
  if (direction === "replies") {
    const isCommit = (sent: Buffer): boolean => sent.includes("commit") && sent.includes(referencePrefix);
    proxy.silenceRepliesAfter(isCommit);
    return { results, underway: Array.from({ length: 40 }, payAndNote), later: () => [] };
  }
  // Some of them are in the middle of their transaction when the database falls silent.
  const underway = Array.from({ length: 40 }, payAndNote);
  await Promise.race(underway);
  underway.push(...Array.from({ length: 40 }, payAndNote));
  proxy.fallSilent();
  return { results, underway, later: () => Array.from({ length: 5 }, payAndNote) };
}

async function assertRecovers(
  { sandbox, proxy }: { sandbox: TestSandbox; proxy: DatabaseProxy },
  results: ReadonlyMap<string, string>,
) {
  proxy.resume();
  await waitFor("a payment after the silence", async () =>
    (await pay(sandbox, createReference())).summary === "201 INS-0" ? true : undefined,
  );
  // A caller who does not know the outcome sends the same reference again.
  for (const [reference, first] of results) {
    const { summary } = await pay(sandbox, reference);
    assert.match(summary, first === "201 INS-0" ? /^409 INS-10$/ : /^(201 INS-0|409 INS-10)$/);
  }
  const counts = await countPayments(sandbox);
  for (const reference of results.keys()) assert.equal(counts.get(reference), 1, reference);
  await assertInvariantsHold(sandbox.databaseAddress);
}

describe("a silent database", { concurrency: true }, () => {
  test("every caller gets a response in ten seconds, and everything works again afterwards", async () => {
    await using parts = await createSandboxBehindProxy();
    const { sandbox } = parts;
    const bearer = await sandbox.session();
    const control = { authorization: `Bearer ${sandbox.platform.controlToken}` };
    const { results, underway, later } = await payIntoSilence(parts, "both");
    const query = {
      input_QueryReference: "abc",
      input_Country: "TZN",
      input_ServiceProviderCode: "000000",
      input_ThirdPartyConversationID: createReference(),
    };
    const others = [
      sandbox.call("GET", "queryTransactionStatus/", query, { bearer }).then(summarise),
      sandbox
        .raw("GET", "/sandbox/ipg/v2/vodacomTZN/getSession/", {
          bearer: sandbox.encrypt(sandbox.clientInfo.apiKey),
        })
        .then(summarise),
    ].map(measure);
    const pages = ["/control/v1/applications", "/health/ready", "/metrics", "/handset"].map((path) =>
      measure(fetchStatus(sandbox, path, control)),
    );
    assertInTime(await Promise.all(underway), /^\d+ INS-[019]$/);
    // The database was silent for ten seconds already.
    assertInTime(await Promise.all(later()), /^400 INS-1$/);
    // A session that cannot be created has a code of its own.
    assertInTime(await Promise.all(others), /^400 INS-(1|989)$/);
    assertInTime(await Promise.all(pages), /^\d+$/);
    await assertRecovers(parts, results);
  });

  test("a payment whose commit got no reply is recognised later", async () => {
    await using parts = await createSandboxBehindProxy();
    const { results, underway } = await payIntoSilence(parts, "replies");
    assertInTime(await Promise.all(underway), /^\d+ INS-[019]$/);
    assert(
      [...results.values()].some((summary) => summary.endsWith("INS-9")),
      "a commit got no reply",
    );
    await assertRecovers(parts, results);
  });
});
