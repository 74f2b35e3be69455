/** The front page: its content, that it shows no secrets, and that its example payment works. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { get, type IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { markets } from "../../core/markets.ts";
import { openapiV2Markets } from "../../protocols/openapi-v2/markets.ts";
import { operations } from "../../protocols/openapi-v2/operations.ts";
import { seedCustomers } from "../../sandbox/seed-data.ts";
import { createTestSandbox, type TestSandbox } from "../../../test/support/sandbox.ts";

let sandbox: TestSandbox;
let page: string;
let headers: Headers;

before(async () => {
  sandbox = await createTestSandbox();
  const response = await fetch(sandbox.url);
  headers = response.headers;
  page = await response.text();
});
after(() => sandbox[Symbol.asyncDispose]());

test("it lists every market's address and customers, and every call", () => {
  for (const market of openapiV2Markets) {
    const { name, currency } = markets[market];
    assert(page.includes(`${sandbox.url}/sandbox/ipg/v2/${market}/`));
    assert(page.includes(name) && page.includes(currency));
    for (const { msisdn, lastName } of seedCustomers(market)) {
      assert(page.includes(msisdn) && page.includes(lastName), msisdn);
    }
  }
  for (const { title, path } of operations) assert(page.includes(title) && page.includes(path), title);
});

test("it shows no key and no token", () => {
  for (const secret of [
    sandbox.clientInfo.apiKey,
    sandbox.platform.controlToken,
    sandbox.clientInfo.publicKey,
  ]) {
    assert(!page.includes(secret));
  }
});

test("every link leads to this server", async () => {
  for (const [, href = ""] of page.matchAll(/(?:href|src)="([^"#]+)"/g)) {
    assert.match(href, /^\//);
    assert.equal((await fetch(sandbox.url + href)).status, 200, href);
  }
});

test("its content security policy allows only this server's style sheet, and no other response has one", async () => {
  const policy = headers.get("content-security-policy") ?? "";
  assert(policy.includes("default-src 'none'") && policy.includes("style-src 'self'"), policy);
  assert.doesNotMatch(page, /<script|<style|style="|https?:\/\/(?!127\.0\.0\.1)/);

  const response = await sandbox.call("GET", "queryTransactionStatus/", {});
  assert.equal(response.headers.get("content-security-policy"), null);
  for (const [name, value] of response.headers) assert.doesNotMatch(value, /["']/, name);
});

test("an invalid Host header is not repeated", async () => {
  for (const host of ["<script>", "a b", '"quoted"', "evil.example/<b>"]) {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      get(sandbox.url, { headers: { host } }, resolve).on("error", reject);
    });
    const body = await text(response);
    assert(body.includes("http://127.0.0.1:8080/sandbox") && !body.includes(host), host);
  }
});

test("its example payment works when copied and run", async () => {
  const folder = mkdtempSync(join(tmpdir(), "pesarail-page-"));
  try {
    mkdirSync(join(folder, "data"));
    writeFileSync(join(folder, "data", "sandbox.json"), JSON.stringify({ openapi: sandbox.clientInfo }));
    const block = /<pre tabindex="0"><code>([^]*?)<\/code><\/pre>/.exec(page)?.[1] ?? "";
    const script = block.replace(/&#(\d+);/g, (_entity, code: string) => String.fromCodePoint(Number(code)));
    const balanceBefore = await sandbox.getAvailable("000000");
    const { stdout } = await promisify(execFile)("bash", ["-ceu", script], { cwd: folder });

    assert.equal((JSON.parse(stdout) as Record<string, string>)["output_ResponseCode"], "INS-0", stdout);
    assert.equal(await sandbox.getAvailable("000000"), balanceBefore + 10_00n);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("an unknown path is a page for a browser, and JSON for a program", async () => {
  const path = `${sandbox.url}/no/such/page`;
  const forBrowser = await fetch(path, { headers: { accept: "text/html,*/*" } });
  assert.equal(forBrowser.status, 404);
  assert.match(await forBrowser.text(), /There is no such page/);
  const forProgram = await fetch(path);
  assert.equal(forProgram.status, 404);
  assert.match(forProgram.headers.get("content-type") ?? "", /json/);
  const ofProtocol = await fetch(`${sandbox.url}/sandbox/ipg/v2/vodacomTZN/nothing/`, {
    headers: { accept: "text/html" },
  });
  assert.match(ofProtocol.headers.get("content-type") ?? "", /json/);
});
