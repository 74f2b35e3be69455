/**
 * Requests and payments in a real browser: requests appear while the page is open, filters and keys work, and a payment's
 * page follows its customer's reply.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { createDarajaClient } from "../../support/daraja.ts";
import { approvePrompt, getHandsets } from "../../support/handsets.ts";
import { createTestListener } from "../../support/listener.ts";
import { collect, createTestCustomer, summarise } from "../../support/payments.ts";
import { createReference, createTestSandbox, type TestSandbox } from "../../support/sandbox.ts";
import { launchBrowser, noBrowser } from "../browser.ts";
import { assertAccessible, loadPage, type LoadOptions, type WatchedPage } from "./support.ts";

const skip = noBrowser ?? false;
const pin = "4321";
const timeout = 15_000;

let sandbox: TestSandbox;
let browser: Browser;

before(async () => {
  if (noBrowser !== null) return;
  [sandbox, browser] = await Promise.all([createTestSandbox(), launchBrowser()]);
});
after(async () => {
  await browser?.close();
  await sandbox?.[Symbol.asyncDispose]();
});

async function visit(path: string, options?: LoadOptions): Promise<WatchedPage & AsyncDisposable> {
  const watched = await loadPage(browser, sandbox.url + path, options);
  watched.page.setDefaultTimeout(timeout);
  return { ...watched, [Symbol.asyncDispose]: () => watched.page.context().close() };
}

const findRow = (page: Page, text: string) => page.getByRole("row").filter({ hasText: text });

test(
  "requests of both protocols appear in the open list, and a filter leaves what it names",
  { skip },
  async () => {
    await using visited = await visit("/app/requests");
    const { page, complaints } = visited;
    await page.getByRole("heading", { name: "Requests", exact: true }).waitFor();
    const reference = createReference();
    const customer = await createTestCustomer(sandbox);
    assert.equal(
      summarise(
        await collect(sandbox, {
          input_CustomerMSISDN: customer,
          input_ThirdPartyConversationID: reference,
        }),
      ),
      "201 INS-0",
    );
    await findRow(page, reference).waitFor();
    assert.equal((await createDarajaClient(sandbox).push()).status, 200);
    await findRow(page, "Ksh1.00").waitFor();

    await page.getByRole("button", { name: "Filter", exact: true }).click();
    await page.getByLabel("Reference or ID").fill(reference);
    await page.getByRole("button", { name: "Apply" }).click();
    await page.getByRole("button", { name: "Remove the filter Reference or ID" }).waitFor();
    await findRow(page, reference).waitFor();
    await findRow(page, "Ksh1.00").waitFor({ state: "detached" });
    assert.match(page.url(), new RegExp(`\\?name=${reference}$`));
    assert.equal(await findRow(page, reference).count(), 1);
    await page.getByRole("button", { name: "Remove the filter Reference or ID" }).click();
    await findRow(page, "Ksh1.00").waitFor();
    await assertAccessible(page);
    assert.deepEqual(complaints, []);
  },
);

test("keys move through the list, peek, and open a payment", { skip }, async () => {
  const customer = await createTestCustomer(sandbox);
  const first = createReference();
  const second = createReference();
  await collect(sandbox, { input_CustomerMSISDN: customer, input_ThirdPartyConversationID: first });
  await collect(sandbox, {
    input_CustomerMSISDN: customer,
    input_ThirdPartyConversationID: second,
    input_Amount: "70000",
  });
  await using visited = await visit(`/app/requests?msisdn=${customer}`);
  const { page, complaints } = visited;
  await findRow(page, second).waitFor();
  const peek = page.getByRole("complementary", { name: "Request" });
  await page.keyboard.press("j");
  await page.keyboard.press("Space");
  await peek.getByRole("heading", { name: second }).waitFor();
  await peek.getByText("The customer's balance is too low.").waitFor();
  await assertAccessible(page);
  await page.keyboard.press("j");
  await peek.getByRole("heading", { name: first }).waitFor();
  await page.keyboard.press("k");
  await page.keyboard.press("Escape");
  await peek.waitFor({ state: "detached" });
  await page.keyboard.press("Enter");
  await page.getByText("Refused at check 17").waitFor();

  await page.getByRole("button", { name: "Top up TZS 69,910.00" }).click();
  await page.getByText("Added TZS 69,910.00 to the customer's balance").waitFor();
  await page.getByRole("button", { name: /^Top up/ }).waitFor({ state: "detached" });
  assert.equal(await sandbox.getAvailable(customer), 70_000_00n);
  await assertAccessible(page);
  assert.deepEqual(complaints, []);
});

test(
  "an open payment's page follows the reply and the callback without being loaded again",
  { skip },
  async () => {
    await using listener = await createTestListener();
    const msisdn = await createTestCustomer(sandbox, { amountMinor: 1000_00n });
    await getHandsets(sandbox).upsert({ msisdn, pin, behaviour: "ask" });
    await using visited = await visit(`/app/requests?msisdn=${msisdn}`);
    const { page, complaints } = visited;
    await page.getByRole("heading", { name: "Nothing matches" }).waitFor();
    await collect(sandbox, { input_CustomerMSISDN: msisdn, input_ResponseURL: `${listener.url}/callback` });
    await findRow(page, "Waiting").getByRole("link", { name: "C2B single stage" }).click();
    await page.getByRole("heading", { name: "Prompt on the handset" }).waitFor();
    await page.getByText("Live", { exact: true }).waitFor();
    await approvePrompt(sandbox, msisdn, pin);
    await page.getByText("Agreed with the PIN").waitFor();
    await page.getByText("you paid TZS 10.00 to Duka la Amina").waitFor();
    await page.getByText("acknowledged", { exact: true }).waitFor();
    await page.getByText("Live", { exact: true }).waitFor({ state: "detached" });
    await page.getByText("Both bodies").click();
    await page.getByText("input_OriginalConversationID").first().waitFor();
    await assertAccessible(page);
    assert.deepEqual(complaints, []);
  },
);

test("an unknown payment is no page, and every page fits a phone in both themes", { skip }, async () => {
  const customer = await createTestCustomer(sandbox);
  const reply = await collect(sandbox, { input_CustomerMSISDN: customer });
  await collect(sandbox, { input_CustomerMSISDN: customer, input_Amount: "no amount" });
  const payment = `/app/payments/vodacomTZN/${reply.body["output_ConversationID"]}`;
  const pages = [
    ["/app/requests", "Requests"],
    ["/app/payments", "Payments"],
    ["/app/errors", "Errors"],
    [payment, "TZS 10.00"],
  ] as const;
  for (const [path, heading] of pages) {
    for (const theme of ["light", "dark"] as const) {
      await using visited = await visit(path, { width: 360, theme });
      const { page, complaints } = visited;
      await page.getByRole("heading", { name: heading }).first().waitFor();
      await page.getByText("C2B single stage").first().waitFor();
      await assertAccessible(page);
      const overflow = await page.evaluate("document.documentElement.scrollWidth - window.innerWidth");
      assert.equal(overflow, 0, `${path} scrolls sideways`);
      assert.deepEqual(complaints, []);
    }
  }
  await using visited = await visit(`/app/payments/vodacomTZN/${"0".repeat(32)}`);
  await visited.page.getByText("None of your applications made a payment").waitFor();
});
