/** A developer sends requests by hand, and the customer answers on the handset beside them. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { handsetCustomers } from "../../../src/sandbox/seed-data.ts";
import { createTestSandbox, type TestSandbox } from "../../support/sandbox.ts";
import { launchBrowser, noBrowser } from "../browser.ts";
import { assertAccessible, loadPage } from "./support.ts";

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

const [payer = assert.fail("no customer has a handset")] = handsetCustomers("vodacomTZN");

test("OpenAPI v2: the fields are checked, the request is sent, the customer pays on the handset", async (t) => {
  if (browser === null) return t.diagnostic(noBrowser ?? "");
  const { page, complaints } = await loadPage(browser, `${sandbox.url}/app/send-request`);
  const amount = page.getByLabel("input_Amount");
  await amount.fill("ten");
  await page.getByText("The gateway would refuse this with INS-15.").waitFor();
  await amount.fill("25.00");
  await page.getByText("The gateway would refuse this with INS-15.").waitFor({ state: "detached" });
  const balanceBefore = await sandbox.getAvailable(payer.msisdn);

  await page.getByRole("button", { name: "Send", exact: true }).click();
  const handset = page.frameLocator("iframe");
  await handset.getByLabel("M-Pesa PIN").fill(payer.pin);
  await handset.getByRole("button", { name: "Send", exact: true }).click();
  await page.getByRole("heading", { name: "Response" }).waitFor();
  await page.getByText('"output_ResponseCode": "INS-0"').waitFor();

  const link = await page.getByRole("link", { name: "Open the payment" }).getAttribute("href");
  assert.match(link ?? "", /^\/app\/payments\/vodacomTZN\/[0-9a-f]{32}$/);
  assert.equal(await sandbox.getAvailable(payer.msisdn), balanceBefore - 25_00n);
  await assertAccessible(page);
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test("Daraja: an example that works, in the JSON editor", async (t) => {
  if (browser === null) return t.diagnostic(noBrowser ?? "");
  const url = `${sandbox.url}/app/send-request?protocol=daraja&call=stkPush`;
  const { page, complaints } = await loadPage(browser, url, { width: 1000, theme: "dark" });
  await page.getByRole("button", { name: "JSON" }).click();
  const editor = page.getByRole("textbox", { name: "Request" });
  await editor.waitFor();
  assert.match(await editor.innerText(), /"BusinessShortCode": "174379"/);
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await page.getByText('"ResponseCode": "0"').waitFor();
  await page.getByRole("link", { name: "Open the payment" }).waitFor();
  await assertAccessible(page);
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test("on a phone the page does not scroll sideways", async (t) => {
  if (browser === null) return t.diagnostic(noBrowser ?? "");
  const { page } = await loadPage(browser, `${sandbox.url}/app/send-request`, { width: 360 });
  await page.getByLabel("input_Amount").waitFor();
  assert.equal(await page.evaluate("document.documentElement.scrollWidth - window.innerWidth"), 0);
  await page.context().close();
});
