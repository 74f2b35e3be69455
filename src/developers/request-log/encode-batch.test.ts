/** What is encoded can be read again, masked. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createIdGenerator } from "../../core/ids.ts";
import { RequestBatch } from "./batch.ts";
import { readBlock, rowsPerBlock } from "./block.ts";
import { encodeInWorker } from "./encoder.ts";
import { hashMsisdn, hashName } from "./keyed-hash.ts";
import type { LoggedRequest } from "./logged-request.ts";

const hashKey = new Uint8Array(32).map((_, index) => index);
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
  path: "/sandbox/ipg/v2/vodacomTZN/c2bPayment/singleStage/",
  headers: { host: "localhost", authorization: "Bearer secret", cookie: "secret", "x-api-key": "secret" },
  httpStatus: 201,
  code: "INS-0",
  latencyUs: 4000,
  organisation: "600123",
  reference: "asv02e5958774f7ba228d83d0d689761",
  msisdnMasked: "2557****0001",
  customer: "255750000001",
  amountMinor: 1000n,
  madePayment: true,
  names: [],
  request: ["input_Amount", "10.00", "note", "for 255750000001"],
  responseBody: '{"output_ResponseCode":"INS-0"}',
  reason: "The customer 255750000001 paid.",
  ...changes,
});

/** The blocks in an encoded COPY: the fifth of six columns of each row. */
function splitBlocks(encoded: Uint8Array): Buffer[] {
  const copy = Buffer.from(encoded);
  const blocks: Buffer[] = [];
  let at = 19;
  while (copy.readInt16BE(at) !== -1) {
    at += 2;
    for (let column = 0; column < 6; column += 1) {
      const length = copy.readInt32BE(at);
      if (column === 4) blocks.push(copy.subarray(at + 4, at + 4 + length));
      at += 4 + length;
    }
  }
  return blocks;
}

async function encode(requests: readonly LoggedRequest[]) {
  const batch = new RequestBatch();
  for (const request of requests) batch.add(request);
  const encoded = await encodeInWorker(
    batch.toTask(
      1,
      hashKey,
      batch.series.map((_, ordinal) => 100 + ordinal),
    ),
  );
  const rows = await Promise.all(splitBlocks(encoded.blocks).map(readBlock));
  return { encoded, blocks: rows, rows: rows.flat() };
}

test("texts are read as they were written, with every MSISDN masked and without secret headers", async () => {
  const odd = "tab\t, NUL \0, é, \u{1f600} and \ud800";
  const requests = [
    createRequest(),
    createRequest({ request: ["note", odd], reason: odd, reference: null, organisation: "" }),
    createRequest({ request: "<xml>255750000001</xml>", customer: null }),
    createRequest({ madePayment: false, names: ["hv9ahxcg4ccv"], reason: "é after a name: 255750000001" }),
  ];
  const { rows } = await encode(requests);
  assert.deepEqual(
    rows.map(({ id }) => id),
    requests.map(({ id }) => id),
  );
  const [first, second, third, fourth] = rows;
  assert.deepEqual(first?.headers, { host: "localhost" });
  assert.deepEqual(first?.request, ["input_Amount", "10.00", "note", "for 2557****0001"]);
  assert.equal(first?.texts.reason, "The customer 2557****0001 paid.");
  assert.equal(first?.customer, hashMsisdn(hashKey, "255750000001"));
  assert.equal(first?.texts.names, null);
  assert.deepEqual(second?.request, ["note", odd.toWellFormed()]);
  assert.deepEqual([second?.texts.reference, second?.texts.organisation], [null, ""]);
  assert.deepEqual(third?.request, ["<xml>2557****0001</xml>"]);
  assert.equal(fourth?.texts.reason, "é after a name: 2557****0001");
  const hashes = [requests[3]?.reference ?? "", "hv9ahxcg4ccv"].map((name) => hashName(hashKey, name));
  assert.equal(fourth?.texts.names, hashes.join(" "));
  assert.equal(fourth?.texts.responseBody, '{"output_ResponseCode":"INS-0"}');
});

test("a batch has blocks of 128 requests, and a header set once in each", async () => {
  const requests = Array.from({ length: rowsPerBlock + 2 }, (_, ordinal) =>
    createRequest({ headers: { host: "localhost", "user-agent": `client ${ordinal % 2}` } }),
  );
  const { blocks, encoded } = await encode(requests);
  assert.deepEqual(
    blocks.map((rows) => rows.length),
    [rowsPerBlock, 2],
  );
  assert.equal(blocks[1]?.[1]?.headers["user-agent"], "client 1");
  const [sum] = encoded.sums;
  assert.equal(sum?.requests, requests.length);
  assert.equal(sum?.value, 1000n * BigInt(requests.length));
});

test("a request without a known key leaves little, whatever it sends", async () => {
  const long = (start: string): string => start + "y".repeat(290);
  const stranger = createRequest({
    applicationId: null,
    headers: Object.fromEntries(Array.from({ length: 24 }, (_, ordinal) => [`x-${ordinal}`, long("")])),
    path: `/${"z".repeat(1000)}`,
    request: Array.from({ length: 60 }, (_, ordinal) => long(String(ordinal))),
    customer: null,
  });
  const { rows } = await encode([stranger]);
  assert.deepEqual(rows[0]?.headers, {});
  const characters = [...Object.values(rows[0]?.texts ?? {}), ...(rows[0]?.request ?? [])].join("").length;
  assert(characters < 3000, `${characters} characters are stored`);
});
