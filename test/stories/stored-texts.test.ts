/**
 * Whatever a caller sends to any operation of any surface, PostgreSQL gets only values that it can store: no request
 * fails inside, and no batch of payments is split.
 *
 * The values are generated: NUL, halves of surrogate pairs, control characters, long texts, numbers beyond every integer
 * type, dates outside the calendar.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import fc from "fast-check";
import { markets } from "../../src/core/markets.ts";
import { rails } from "../../src/core/rails.ts";
import { routes } from "../../src/api/control/routes.ts";
import { examplePayload } from "../../src/protocols/openapi-v2/example-payloads.ts";
import { operations } from "../../src/protocols/openapi-v2/operations.ts";
import { callControl, control } from "../support/control.ts";
import { createUssdGateway, type UssdGateway } from "../support/ussd-gateway.ts";
import { c2bFields, createReference, createTestSandbox, type TestSandbox } from "../support/sandbox.ts";

const seed = Number(process.env["STORED_TEXTS_SEED"] ?? Math.floor(Math.random() * 2 ** 31));

let sandbox: TestSandbox;
let gateway: UssdGateway;
let bearer: string;
let applicationId: string;
before(async () => {
  console.log(`stored texts: STORED_TEXTS_SEED=${seed}`);
  gateway = await createUssdGateway();
  sandbox = await createTestSandbox({
    handsets: {
      liveHandsets: "gateway",
      handsetGatewayUrl: gateway.url,
      handsetGatewaySecret: gateway.secret,
    },
  });
  bearer = await sandbox.session();
  const created = await control(sandbox, "POST /applications", { body: { name: "Generated" } });
  applicationId = created.id;
});
after(async () => {
  await sandbox[Symbol.asyncDispose]();
  await gateway[Symbol.asyncDispose]();
  assert.deepEqual(
    sandbox.logLines.filter((line) => line.includes("lost")),
    [],
    "the request log was stored",
  );
});

/** Texts that some layer below could refuse or change. */
const text = fc.oneof(
  fc.constantFrom(
    "",
    "\u0000",
    "a\u0000b",
    "\ud800",
    "x\udfff",
    "\u{1f600}",
    "\u0085",
    "\u001b[2J",
    "-1",
    "0",
    "9223372036854775808",
    "-9223372036854775809",
    "99999999999999999999999999999999",
    "1e400",
    "NaN",
    "99999999",
    "20260230",
    "00010101",
    "0000-00-00T00:00Z",
    "9999-99-99T99:99:99.999+99:99",
    "9999-12-31T23:59:59.999-23:59",
    "0000-01-01T00:00:00Z",
    "zzzzzzzzzzzz",
    "ffffffffffffffffffffffffffffffff",
    "'; drop table payments; --",
    "\\",
    "__proto__",
    "http://127.0.0.1:9/\u0000",
    "http://127.0.0.1:9/\ud800",
    "999999999999999999",
  ),
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.stringMatching(/^[0-9]{1,25}$/),
  fc.stringMatching(/^[0-9a-z]{12}$/),
  fc.nat({ max: 3000 }).map((length) => "x".repeat(length)),
);

const value = fc.oneof(
  { weight: 4, arbitrary: text },
  fc.constantFrom(null, true, 2 ** 31, 2 ** 53, 1e308, -1, 0.5, [], {}, ["\u0000"]),
);

interface Schema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly examples?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly minimum?: number;
  readonly pattern?: string;
}

/** Values of a schema, most of them valid, so that a generated value elsewhere reaches the handler. */
function generate(schema: Schema, name: string): fc.Arbitrary<unknown> {
  // The call would wait for a result.
  if (name === "waitSeconds") return fc.constant(0);
  const { properties, items, required = [] } = schema;
  if (properties !== undefined) {
    const fields = Object.entries(properties).map(([key, field]) => [key, generate(field, key)] as const);
    return fc.record(Object.fromEntries(fields), { requiredKeys: [...required] });
  }
  if (items !== undefined) return fc.array(generate(items, name), { maxLength: 2 });
  const valid = schema.enum ?? schema.examples ?? (schema.minimum === undefined ? [] : [schema.minimum]);
  const unmatched = fc.oneof({ weight: 3, arbitrary: value }, fc.constant(2 ** 53 - 1));
  const matching = schema.pattern === undefined ? [] : [fc.stringMatching(new RegExp(schema.pattern, "u"))];
  return fc.oneof(
    ...(valid.length === 0 ? [] : [{ weight: 3, arbitrary: fc.constantFrom(...valid) }]),
    ...matching.map((arbitrary) => ({ weight: 3, arbitrary })),
    { weight: 2, arbitrary: unmatched },
  );
}

const countFailedBatches = (): number =>
  rails.reduce((sum, rail) => sum + sandbox.platform.payments(rail).batcher.failedBatches, 0);

/** Checks the state after each request: a generated value is reported with the request that sent it. */
function assertHarmless(status: number, label: string): void {
  assert(status < 500, `${status}: ${label}`);
  assert.equal(countFailedBatches(), 0, `a batch was split: ${label}`);
  const faults = sandbox.logLines.filter((line) => /"level":(?:50|60)/.test(line));
  assert.deepEqual(faults, [], label);
}

const run = async (property: fc.IAsyncProperty<never[]>, numRuns: number): Promise<void> =>
  fc.assert(property, { seed, numRuns, endOnFailure: true });

for (const operation of operations) {
  test(`gateway: ${operation.product}`, async () => {
    const { country, currency } = markets.vodacomTZN;
    const names = [...Object.keys(operation.parameters), "input_ResponseURL", "other"];
    const property = fc.asyncProperty(
      fc.dictionary(fc.constantFrom(...names), value, { minKeys: 1, maxKeys: 2 }),
      async (replaced) => {
        const fields = {
          ...examplePayload(operation),
          input_Country: country,
          ...("input_Currency" in operation.parameters ? { input_Currency: currency } : {}),
          input_ThirdPartyConversationID: createReference(),
          ...replaced,
        };
        const path = `/sandbox/ipg/v2/vodacomTZN/${operation.path}/`;
        const reply =
          operation.method === "GET"
            ? await sandbox.raw("GET", path, { bearer, fields: toTexts(fields) })
            : await sandbox.raw(operation.method, path, { bearer, body: JSON.stringify(fields) });
        // INS-57 of this call has the documented status 500.
        assertHarmless(
          reply.body["output_ResponseCode"] === "INS-1" ? 599 : Math.min(reply.status, 499),
          `${operation.product} ${JSON.stringify(fields)}`,
        );
      },
    );
    await run(property as never, 25);
  });
}

const toTexts = (fields: object): Record<string, string> =>
  Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, String(field)]));

/** These change the clock or the state that the other tests stand on; their parameters are only names and times. */
const excludedRoutes = new Set([
  "POST /clock/advance",
  "PATCH /clock",
  "POST /snapshots",
  "POST /snapshots/{snapshot}/restore",
]);

for (const route of routes) {
  const call = `${route.method} ${route.path}`;
  if (excludedRoutes.has(call)) continue;
  test(`control API: ${call}`, async () => {
    const placeholders = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
    const existing: Record<string, string> = {
      market: "vodacomTZN",
      msisdn: sandbox.clientInfo.markets.vodacomTZN.handsets[0]?.msisdn ?? "",
      shortcode: "000000",
      id: applicationId,
      username: "testapi",
      name: "hv9ahxcg4ccv",
      snapshot: "absent",
    };
    const params = fc.tuple(
      ...placeholders.map((name) =>
        fc.oneof({ weight: 3, arbitrary: fc.constant(existing[name] ?? "x") }, text),
      ),
    );
    const property = fc.asyncProperty(
      params,
      generate((route.query ?? {}) as Schema, "query"),
      generate((route.body ?? {}) as Schema, "body"),
      async (values, query, body) => {
        const path = route.path.replaceAll(/\{\w+\}/g, () =>
          encodeURIComponent((values.shift() ?? "").toWellFormed().replace(/^\.{1,2}$/, "x")),
        );
        const queryText = route.query === undefined ? "" : `?${encodeQuery(query)}`;
        const reply = await callControl(
          sandbox,
          route.method,
          path + queryText,
          route.body === undefined ? undefined : body,
        );
        assertHarmless(reply.status, `${call}: ${path}${queryText} ${JSON.stringify(body)}`);
      },
    );
    await run(property as never, 15);
  });
}

const encodeQuery = (query: unknown): string => new URLSearchParams(toTexts(query as object)).toString();

test("handset pages", async () => {
  const [handset] = sandbox.clientInfo.markets.vodacomTZN.handsets;
  const base = `/handset/vodacomTZN/${handset?.msisdn}`;
  const pages: [path: string, valid: Record<string, unknown>][] = [
    [
      "/handset/register",
      { market: "vodacomTZN", msisdn: "255750001234", pin: "1234", firstName: "A", lastName: "B" },
    ],
    [`${base}/answer`, { paymentId: "hv9ahxcg4ccv", says: "approve", pin: "1234" }],
    [`${base}/tell`, { answer: "ask", delayMs: 0 }],
    [`${base}/ussd`, { input: "*150*00#", session: "s" }],
  ];
  const property = fc.asyncProperty(
    fc.constantFrom(...pages),
    fc.dictionary(
      fc.constantFrom(
        "market",
        "msisdn",
        "pin",
        "firstName",
        "lastName",
        "paymentId",
        "says",
        "delayMs",
        "input",
        "session",
      ),
      value,
      { maxKeys: 2 },
    ),
    async ([path, valid], replaced) => {
      const known = Object.fromEntries(Object.entries(replaced).filter(([name]) => name in valid));
      const body = JSON.stringify({ ...valid, ...known });
      const response = await fetch(sandbox.url + path, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body,
      });
      await response.arrayBuffer();
      assertHarmless(response.status, `${path} ${body}`);
    },
  );
  await run(property as never, 60);
  const paths = fc.asyncProperty(text, text, async (market, msisdn) => {
    const parts = [market, msisdn].map((part) => encodeURIComponent(part.toWellFormed()) || "x");
    const response = await fetch(`${sandbox.url}/handset/${parts.join("/")}`);
    await response.arrayBuffer();
    assertHarmless(response.status, parts.join("/"));
  });
  await run(paths as never, 20);
});

test("webhooks of a USSD gateway", async () => {
  const property = fc.asyncProperty(
    fc.oneof(text, fc.constant("hv9ahxcg4ccv")),
    fc.oneof(fc.constantFrom("approve", "decline"), text),
    text,
    async (id, choice, pin) => {
      const path = id.toWellFormed().replace(/^\.{0,2}$/, "x");
      const reply = await gateway.sendReply(
        sandbox.url,
        "vodacomTZN",
        { id, says: choice, pin },
        { path: encodeURIComponent(path) },
      );
      assertHarmless(reply.status, JSON.stringify([id, choice, pin]));
    },
  );
  await run(property as never, 40);
});

test("payments succeed afterwards", async () => {
  // In a market whose customers kept their behaviour.
  const paid = await sandbox.raw("POST", "/sandbox/ipg/v2/vodacomLES/c2bPayment/singleStage/", {
    bearer: await sandbox.session(),
    fields: c2bFields(sandbox, {}, "vodacomLES"),
  });
  assert.equal(paid.status, 201);
  assert.equal(countFailedBatches(), 0);
});
