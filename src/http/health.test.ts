/** Health, metrics and the API document, over HTTP. */
import assert from "node:assert/strict";
import { request } from "node:http";
import { test, type TestContext } from "node:test";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { pino } from "pino";
import { registerApiSpec, serveApiSpec, serverApiSpec } from "./api-spec.ts";
import { registerHealth } from "./health.ts";
import { createMetrics, type Metrics } from "./metrics.ts";
import { createReadiness, type DatabaseCheck } from "./readiness.ts";
import { ConnectionLimits } from "./connection-limits.ts";
import { buildServer, listen } from "./server.ts";

interface TestServerOptions {
  readonly trustedProxies?: readonly string[];
  readonly metricsToken?: string;
  readonly probe?: () => Promise<DatabaseCheck>;
  readonly maxAgeMs?: number;
  readonly metrics?: Metrics;
}

async function startServer(t: TestContext, options: TestServerOptions = {}) {
  const trustedProxies = options.trustedProxies ?? [];
  const app = buildServer({
    trustedProxies,
    log: pino({ level: "silent" }),
    connectionLimits: new ConnectionLimits({
      trustedProxies,
      maxConnections: 100,
      maxConnectionsPerSource: 100,
      maxFailuresPerSource: 100,
    }),
  });
  const probe = options.probe ?? (async () => ({ ready: true, away: [] }));
  await registerApiSpec(app, "1.0.0", [serverApiSpec]);
  registerHealth(app, {
    metrics: options.metrics ?? createMetrics(),
    metricsToken: options.metricsToken ?? null,
    hosts: ["pay.example"],
    readiness: createReadiness({ probe, maxAgeMs: options.maxAgeMs ?? 200, timeoutMs: 50 }),
  });
  serveApiSpec(app);
  const server = await listen(app, { host: "127.0.0.1", port: 0, https: null });
  t.after(() => server.close());
  return { app, get: (path: string, headers = {}) => get(server.http.port, path, headers) };
}

interface TestResponse {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

function get(port: number, path: string, headers: Readonly<Record<string, string>>): Promise<TestResponse> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: "127.0.0.1", port, path, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.once("end", () =>
        resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    });
    outgoing.once("error", reject);
    outgoing.end();
  });
}

test("without a token, only a program on this machine reads the metrics, and not through a proxy", async (t) => {
  const server = await startServer(t);
  const status = async (headers: object) => (await server.get("/metrics", headers)).status;
  assert.equal(await status({}), 200);
  assert.equal(await status({ host: "localhost:8080" }), 200);
  for (const headers of [
    { "x-forwarded-for": "203.0.113.9" },
    { "x-forwarded-for": "127.0.0.1" },
    { forwarded: "for=203.0.113.9" },
    { via: "1.1 proxy" },
    { "x-real-ip": "203.0.113.9" },
    { "x-forwarded-proto": "https" },
    { host: "evil.example" },
  ])
    assert.equal(await status(headers), 403, JSON.stringify(headers));
});

test("behind a trusted proxy, the client's own address decides about the metrics", async (t) => {
  const server = await startServer(t, { trustedProxies: ["127.0.0.1"] });
  const status = async (headers: object) => (await server.get("/metrics", headers)).status;
  assert.equal(await status({}), 200);
  assert.equal(await status({ "x-forwarded-for": "203.0.113.9" }), 403);
  assert.equal(await status({ "x-forwarded-for": "127.0.0.1, 203.0.113.9" }), 403);
  assert.equal(await status({ forwarded: "for=203.0.113.9" }), 403);
});

test("with a token, the token alone decides about the metrics", async (t) => {
  const server = await startServer(t, { metricsToken: "0123456789abcdef" });
  assert.equal((await server.get("/metrics")).status, 403);
  const headers = { authorization: "Bearer 0123456789abcdef", "x-forwarded-for": "203.0.113.9" };
  assert.equal((await server.get("/metrics", headers)).status, 200);
});

test("metrics that many ask for at once are rendered once", async (t) => {
  let renderings = 0;
  const metrics = createMetrics();
  const counted: Metrics = {
    ...metrics,
    render() {
      renderings += 1;
      return metrics.render();
    },
  };
  const server = await startServer(t, { metrics: counted });
  const responses = await Promise.all(Array.from({ length: 50 }, () => server.get("/metrics")));
  assert(responses.every(({ status, body }) => status === 200 && body.includes("process_cpu_seconds_total")));
  assert.ok(renderings <= 2, `${renderings} renderings`);
});

test("the API document is compressed and has an ETag, by which a client keeps it", async (t) => {
  const { get: read } = await startServer(t);
  const plain = await read("/openapi.json");
  const brotli = await read("/openapi.json", { "accept-encoding": "gzip, deflate, br" });
  const gzip = await read("/openapi.json", { "accept-encoding": "br;q=0, gzip;q=0.5" });
  const refused = await read("/openapi.json", { "accept-encoding": "identity, *;q=0" });
  assert.deepEqual(
    [plain, brotli, gzip, refused].map(({ headers }) => headers["content-encoding"]),
    [undefined, "br", "gzip", undefined],
  );
  assert.deepEqual(brotliDecompressSync(brotli.body), plain.body);
  assert.deepEqual(gunzipSync(gzip.body), plain.body);
  assert.equal(plain.headers["vary"], "accept-encoding");
  const etags = [plain, brotli, gzip].map(({ headers }) => headers["etag"] as string);
  assert.equal(new Set(etags).size, 3);
  for (const name of [etags[0], `"other", W/${etags[0]}`, "*"]) {
    const kept = await read("/openapi.json", { "if-none-match": name });
    assert.deepEqual([kept.status, kept.body.length], [304, 0]);
  }
  assert.equal((await read("/openapi.json", { "if-none-match": etags[1] })).status, 200);
});

test("many requests for readiness cause one check", async (t) => {
  let checks = 0;
  const server = await startServer(t, {
    maxAgeMs: 60_000,
    probe: async () => {
      checks += 1;
      return { ready: true, away: ["live_vodacomDRC"] };
    },
  });
  const responses = await Promise.all(Array.from({ length: 20 }, () => server.get("/health/ready")));
  assert(responses.every(({ status }) => status === 200));
  assert.deepEqual(JSON.parse(String(responses[0]?.body)), { status: "ready", away: ["live_vodacomDRC"] });
  assert.equal(checks, 1);
});

test("the server is not ready while a check does not end, or fails, and starts no further check meanwhile", async (t) => {
  const first = Promise.withResolvers<DatabaseCheck>();
  let checks = 0;
  const server = await startServer(t, {
    probe: () => {
      checks += 1;
      return checks === 1 ? first.promise : Promise.reject(new Error("refused"));
    },
  });
  const read = async () => (await server.get("/health/ready")).status;
  assert.deepEqual([await read(), await read(), checks], [503, 503, 1]);
  first.resolve({ ready: true, away: [] });
  for (let status = await read(); status === 200; status = await read()) assert(checks <= 2);
  assert.equal(await read(), 503);
});

test("a server that stops is not ready", async (t) => {
  const server = await startServer(t);
  assert.equal((await server.get("/health/ready")).status, 200);
  server.app.isStopping = true;
  const { status, body } = await server.get("/health/ready");
  assert.equal(status, 503);
  assert.deepEqual(JSON.parse(String(body)), { status: "not ready", stopping: true });
  assert.equal((await server.get("/health/live")).status, 200);
});
