/** The sandbox's page: customers, the clock, snapshots and faults, and the time bar of every page. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { createTestSandbox, type TestSandbox } from "../../support/sandbox.ts";
import { launchBrowser, noBrowser } from "../browser.ts";
import { assertAccessible, loadPage } from "./support.ts";

let sandbox: TestSandbox;
let browser: Browser | null = null;

before(async () => {
  sandbox = await createTestSandbox({ sandboxClock: true });
  if (noBrowser === null) browser = await launchBrowser();
});
after(async () => {
  await browser?.close();
  await sandbox[Symbol.asyncDispose]();
});

const msisdn = "255750000001";

test("a customer gets money and declines, and a fault is set and ended", async (t) => {
  if (browser === null) return t.diagnostic(noBrowser ?? "");
  const { page, complaints } = await loadPage(browser, `${sandbox.url}/app/sandbox?market=vodacomTZN`);
  const balanceBefore = await sandbox.getAvailable(msisdn);
  await page.getByRole("button", { name: "Top up Amina Juma" }).click();
  await page.getByLabel("Amount").fill("2500.50");
  await assertAccessible(page);
  await page.getByRole("dialog").getByRole("button", { name: "Top up" }).click();
  await page.getByText("Amina Juma is changed.").waitFor();
  assert.equal(await sandbox.getAvailable(msisdn), balanceBefore + 2_500_50n);

  await page.getByLabel("Answers prompts: Amina Juma").selectOption("decline");
  await page.getByText("Amina Juma is changed.").nth(1).waitFor();
  const reply = await sandbox.call("POST", "c2bPayment/singleStage/", {
    input_Amount: "10",
    input_CustomerMSISDN: msisdn,
    input_Country: "TZN",
    input_Currency: "TZS",
    input_ServiceProviderCode: "000000",
    input_TransactionReference: "T1",
    input_ThirdPartyConversationID: "declinedByThePage",
    input_PurchasedItemsDesc: "Shoes",
  });
  assert.equal(reply.body["output_ResponseCode"], "INS-6");

  await page.getByLabel("How many").fill("3");
  await page.getByRole("button", { name: "Set", exact: true }).click();
  await page.getByText("lose: 3 left").waitFor();
  await page.getByRole("button", { name: "End lose" }).click();
  await page.getByText("lose: 3 left").waitFor({ state: "detached" });
  await assertAccessible(page);
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test("the clock is advanced, and a snapshot restores the sandbox", async (t) => {
  if (browser === null) return t.diagnostic(noBrowser ?? "");
  const { page, complaints } = await loadPage(browser, `${sandbox.url}/app/sandbox`, { theme: "dark" });
  await page.getByLabel("Name of the snapshot").fill("before");
  await page.getByRole("button", { name: "Take a snapshot" }).click();
  await page.getByText("The snapshot before is taken.").waitFor();
  const startedAt = sandbox.clock.now();
  await page.getByRole("button", { name: "Advance by 1 day" }).click();
  await page.getByText("The clock was advanced.").waitFor();
  assert(sandbox.clock.now() >= startedAt + 86_400_000);
  await page
    .getByRole("complementary", { name: "Clock of the sandbox" })
    .getByText(/ahead of the wall clock/)
    .waitFor();

  await page.getByRole("button", { name: "Restore" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Restore" }).click();
  await page.getByText("The sandbox is as it was in before.").waitFor();
  assert(sandbox.clock.now() < startedAt + 3_600_000);
  await assertAccessible(page);
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test("without the local tools, the sandbox cannot be changed", async () => {
  for (const headers of [{ "sec-fetch-site": "same-origin", "x-forwarded-for": "10.0.0.1" }, {}]) {
    const response = await fetch(`${sandbox.url}/portal/api/sandbox/clock/advance`, {
      method: "POST",
      headers: { ...headers, "content-type": "application/json" },
      body: JSON.stringify({ seconds: 60 }),
    });
    assert.equal(response.status, 401);
  }
});
