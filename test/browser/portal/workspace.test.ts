/** The frame of the workspace: its document, its size, its policy, and an address without a page. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import type { Browser } from "playwright-core";
import { createTestSandbox, type TestSandbox } from "../../support/sandbox.ts";
import { launchBrowser, noBrowser } from "../browser.ts";
import { assertAccessible, loadPage } from "./support.ts";

const maxFirstLoadBytes = 200_000;

let sandbox: TestSandbox;
let browser: Browser | null = null;

before(async () => {
  sandbox = await createTestSandbox();
  if (noBrowser === null) browser = await launchBrowser();
});
after(async () => {
  await browser?.close();
  await sandbox[Symbol.asyncDispose]();
});

test("the first page loads less than 200 kB", () => {
  const document = readFileSync("portal/dist/index.html", "utf8");
  const first = [...document.matchAll(/(?:src|href)="\/app\/assets\/([^"]+)"/g)].map(([, name = ""]) => name);
  assert(first.length >= 2, document);
  const bytes = first.reduce(
    (sum, name) => sum + gzipSync(readFileSync(`portal/dist/assets/${name}`)).length,
    0,
  );
  assert(bytes < maxFirstLoadBytes, `${bytes} bytes, compressed`);
});

test("every file is served with its compressed copy, for good", async () => {
  for (const name of readdirSync("portal/dist/assets").filter((file) => !/\.(?:br|gz)$/.test(file))) {
    const response = await fetch(`${sandbox.url}/app/assets/${name}`, {
      headers: { "accept-encoding": "br" },
    });
    assert.equal(response.status, 200, name);
    assert.equal(response.headers.get("content-encoding"), "br", name);
    assert.match(response.headers.get("cache-control") ?? "", /immutable/, name);
    await response.arrayBuffer();
  }
});

test("an unknown path is a page below /app, and JSON below the API", async () => {
  const page = await fetch(`${sandbox.url}/app/no-such-page`);
  assert.equal(page.status, 200);
  assert.match(page.headers.get("content-type") ?? "", /html/);
  const call = await fetch(`${sandbox.url}/portal/api/no-such-call`);
  assert.equal(call.status, 404);
  assert.match(call.headers.get("content-type") ?? "", /json/);
});

test("the document has the theme of the cookie", async () => {
  const response = await fetch(`${sandbox.url}/app`, { headers: { cookie: "pesarail_theme=dark" } });
  assert.match(await response.text(), /<html lang="en" data-theme="dark">/);
  const hostile = await fetch(`${sandbox.url}/app`, { headers: { cookie: 'pesarail_theme="><script>' } });
  assert.match(await hostile.text(), /<html lang="en" data-theme="system">/);
});

test("an address without a page shows a way on, and breaks no policy", async (t) => {
  if (browser === null) return t.diagnostic(noBrowser ?? "");
  for (const [width, theme] of [
    [1440, "light"],
    [360, "dark"],
  ] as const) {
    const { page, complaints } = await loadPage(browser, `${sandbox.url}/app/nothing`, { width, theme });
    await page.getByRole("heading", { name: "There is no such page" }).waitFor();
    await assertAccessible(page);
    const overflow = await page.evaluate("document.documentElement.scrollWidth - window.innerWidth");
    assert.equal(overflow, 0, `the page scrolls sideways at ${width} pixels`);
    assert.deepEqual(complaints, []);
    await page.context().close();
  }
});
