/**
 * The handset in a real browser: what a customer sees and types while a real payment waits for the reply.
 *
 * One server and one browser serve all tests; each test has an MSISDN of its own.
 */
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import type { Browser, BrowserContext, FrameLocator, Page } from "playwright-core";
import { msPerMinute, msPerSecond } from "../../src/core/clock.ts";
import { assertInvariantsHold } from "../support/ledger-proof.ts";
import { getHandsets } from "../support/handsets.ts";
import { collect, createTestCustomer, payOut, summarise, getTransactionId } from "../support/payments.ts";
import { waitFor } from "../support/prompts.ts";
import { createTestSandbox, createReference, type Reply, type TestSandbox } from "../support/sandbox.ts";
import { noBrowser, launchBrowser } from "./browser.ts";

const skip = noBrowser ?? false;
const pin = "4321";

let sandbox: TestSandbox;
let browser: Browser;
let context: BrowserContext;
/** Errors that the pages' scripts reported. */
let complaints: string[] = [];

before(async () => {
  if (noBrowser !== null) return;
  [sandbox, browser] = await Promise.all([createTestSandbox(), launchBrowser()]);
});
after(async () => {
  await browser?.close();
  await sandbox?.[Symbol.asyncDispose]();
});
afterEach(async () => {
  await context?.close();
  const seenComplaints = complaints;
  complaints = [];
  assert.deepEqual(seenComplaints, [], "the pages' scripts reported errors");
});

/** A page with a phone's viewport (360 by 640) and a short timeout. */
async function createPage(): Promise<Page> {
  context = await browser.newContext({ viewport: { width: 360, height: 640 }, reducedMotion: "reduce" });
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (line) => {
    if (/content security policy|trusted/i.test(line.text())) complaints.push(line.text());
  });
  return page;
}

async function createHandset(answer: "ask" | "slow" = "ask"): Promise<string> {
  const msisdn = await createTestCustomer(sandbox, { amountMinor: 1000_00n });
  await getHandsets(sandbox).upsert({ msisdn, pin, behaviour: answer });
  return msisdn;
}

/** Opens a customer's handset page and waits until it is connected. */
async function visitHandset(msisdn: string): Promise<Page> {
  const page = await createPage();
  await page.goto(`${sandbox.url}/handset/vodacomTZN/${msisdn}`);
  await page.locator("body[data-link=live]").waitFor();
  return page;
}

const collectFrom = (msisdn: string, overrides: object = {}): Promise<Reply> =>
  collect(sandbox, { input_CustomerMSISDN: msisdn, input_Amount: "125.50", ...overrides });

type Screen = Page | FrameLocator;
const findPrompt = (screen: Screen) => screen.getByRole("alertdialog", { name: "Pay Duka la Amina?" });
const findPinField = (screen: Screen) => screen.getByLabel("M-Pesa PIN");
const findButton = (screen: Screen, name: string) => screen.getByRole("button", { name, exact: true });
const waitForText = (screen: Screen, text: string | RegExp) =>
  screen.getByText(text).filter({ visible: true }).first().waitFor();

/** Uses the M-Pesa menu, one input per screen. Returns the text of the last screen. */
async function useMenu(page: Page, ...inputs: readonly string[]): Promise<string> {
  const dialog = page.getByRole("dialog", { name: "USSD menu" });
  await findButton(page, "M-Pesa").click();
  await dialog.getByText("1. Balance").waitFor();
  for (const input of inputs) {
    const before = (await dialog.locator("#ussd-text").textContent()) ?? "";
    await dialog.getByRole("textbox").fill(input);
    await findButton(page, "Send").click();
    await page.locator("#ussd:not(.running) #ussd-text").filter({ hasNotText: before }).waitFor();
  }
  return (await dialog.locator("#ussd-text").textContent()) ?? "";
}

test("a payment waits for the handset, and the correct PIN completes it", { skip }, async () => {
  const msisdn = await createHandset();
  const page = await visitHandset(msisdn);
  const payment = collectFrom(msisdn);
  await findPrompt(page).waitFor();
  await findPrompt(page).getByText("TZS 125.50").waitFor();
  await findPrompt(page).getByText("T12344C").waitFor();
  await findPinField(page).fill(pin);
  await findButton(page, "Send").click();

  const reply = await payment;
  assert.equal(summarise(reply), "201 INS-0");
  await waitForText(page, "You paid.");
  await findButton(page, "Close").click();
  await waitForText(page, `${getTransactionId(reply).toUpperCase()}: you paid TZS 125.50 to Duka la Amina`);
  assert.equal(await sandbox.getAvailable(msisdn), 874_50n);
});

test("Cancel declines the payment, and no money moves", { skip }, async () => {
  const msisdn = await createHandset();
  const page = await visitHandset(msisdn);
  const payment = collectFrom(msisdn);
  await findPrompt(page).waitFor();
  await findButton(page, "Cancel").click();
  assert.equal(summarise(await payment), "401 INS-6");
  await findPrompt(page).waitFor({ state: "hidden" });
  assert.equal(await sandbox.getAvailable(msisdn), 1000_00n);
});

test(
  "wrong PINs are counted, the third locks the handset, and the lock ends after its time",
  { skip },
  async () => {
    const msisdn = await createHandset();
    const page = await visitHandset(msisdn);
    const payment = collectFrom(msisdn);
    for (const left of ["2 tries are left", "1 try is left", "Your PIN is locked until"]) {
      await findPinField(page).fill("0000");
      await findButton(page, "Send").click();
      await waitForText(page, left);
    }
    assert.equal(summarise(await payment), "401 INS-6");
    await findButton(page, "Close").click();

    const again = collectFrom(msisdn);
    await findPrompt(page).waitFor();
    assert.equal(await findPinField(page).isDisabled(), true);
    assert.equal(await findButton(page, "Send").isDisabled(), true);
    await findButton(page, "Cancel").click();
    assert.equal(summarise(await again), "401 INS-6");

    sandbox.clock.advance(30 * msPerMinute);
    sandbox.forgetSession();
    const later = collectFrom(msisdn);
    await findPrompt(page).waitFor();
    await findPinField(page).fill(pin);
    await findButton(page, "Send").click();
    assert.equal(summarise(await later), "201 INS-0");
  },
);

test("a prompt without a reply expires, and the handset shows that", { skip }, async () => {
  const msisdn = await createHandset();
  const page = await visitHandset(msisdn);
  const payment = collectFrom(msisdn);
  await findPrompt(page).waitFor();
  assert.match((await page.locator("#countdown").textContent()) ?? "", /^1:(30|2\d)$/);
  sandbox.clock.advance(80 * msPerSecond);
  await page
    .locator("#countdown")
    .filter({ hasText: /^0:(10|0\d)$/ })
    .waitFor();
  sandbox.clock.advance(11 * msPerSecond);
  await waitForText(page, "Nothing was taken.");
  assert.equal(await page.locator("#prompt-outcome").getAttribute("data-outcome"), "bad");
  assert.equal(summarise(await payment), "408 INS-9");
  assert.equal(await sandbox.getAvailable(msisdn), 1000_00n);
});

test("a customer accepts a mandate on the handset and cancels it in the menu", { skip }, async () => {
  const msisdn = await createHandset();
  const page = await visitHandset(msisdn);
  const name = createReference();
  const creating = sandbox.call("POST", "directDebitCreation/", {
    input_AgreedTC: "1",
    input_CustomerMSISDN: msisdn,
    input_Country: "TZN",
    input_ServiceProviderCode: "000000",
    input_ThirdPartyReference: name,
    input_ThirdPartyConversationID: createReference(),
    input_FirstPaymentDate: "20300115",
    input_Frequency: "04",
  });
  const consent = page.getByRole("alertdialog", { name: "Let Duka la Amina collect from your account?" });
  await consent.getByText("monthly from 15/01/2030").waitFor();
  await consent.getByText(name).waitFor();
  await findPinField(page).fill(pin);
  await findButton(page, "Agree").click();
  assert.equal(summarise(await creating), "201 INS-0");
  await findButton(page, "Close").click();

  assert.equal(
    await useMenu(page, "3", pin, "1", "1", pin),
    "Your direct debit to Duka la Amina is cancelled. Nothing more will be taken.",
  );
  await findButton(page, "OK").click();
  assert.equal(await useMenu(page, "3", pin), "You have no direct debits.");
});

test("messages arrive while the page is open, and are unread until they are opened", { skip }, async () => {
  const msisdn = await createHandset();
  const page = await visitHandset(msisdn);
  await findButton(page, "Phone").click();
  await payOut(sandbox, { input_CustomerMSISDN: msisdn, input_Amount: "40.00" });
  const banner = page.locator("#banner");
  await banner.getByText("you got TZS 40.00 from Duka la Amina").waitFor();
  await page.locator("#say").filter({ hasText: "New message" }).waitFor({ state: "attached" });
  await banner.click();
  const list = page.getByRole("list", { name: "Messages, newest first" });
  await list.getByText("you got TZS 40.00").waitFor();
  await findButton(page, "Back to the home screen").click();
  await findButton(page, "Messages").waitFor();

  await payOut(sandbox, { input_CustomerMSISDN: msisdn, input_Amount: "50.00" });
  await findButton(page, "Messages, 1 unread").click();
  assert.match((await list.locator("li.bubble").first().textContent()) ?? "", /TZS 50\.00/);
  await findButton(page, "Back to the home screen").click();
  await findButton(page, "Messages").waitFor();
});

test("with two handsets side by side, each shows only its own prompts", { skip }, async () => {
  const [first, other] = [await createHandset(), await createHandset()];
  const page = await createPage();
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.goto(`${sandbox.url}/handset`);
  for (const msisdn of [first, other]) await page.locator(`[data-path$="${msisdn}"]`).click();
  const [one, two] = [first, other].map((node) => page.frameLocator(`[data-path$="${node}"] iframe`));
  assert(one !== undefined && two !== undefined);
  for (const phone of [one, two]) await phone.locator("body[data-link=live]").waitFor();

  const payment = collectFrom(other);
  await findPinField(two).fill(pin);
  assert.equal(await findPrompt(one).isVisible(), false);
  await findButton(two, "Send").click();
  assert.equal(summarise(await payment), "201 INS-0");
  await waitForText(two, "You paid.");
  assert.deepEqual(
    new URL(page.url()).searchParams.getAll("open"),
    [first, other].map((node) => `vodacomTZN/${node}`),
  );
});

test("the handset can be used with the keyboard alone", { skip }, async () => {
  const msisdn = await createHandset();
  const page = await visitHandset(msisdn);
  // As text, because this file has no browser types.
  const focused = () => page.evaluate<string>("document.activeElement?.id ?? ''");
  const press = async (...keys: string[]) => {
    for (const key of keys) await page.keyboard.press(key);
  };

  // The dialler: Tab, code, Enter, then the USSD session, then back to the start.
  await press("Tab", "Enter");
  assert.equal(await focused(), "number");
  await page.keyboard.type("*150*00#");
  await press("Enter");
  await waitForText(page, "1. Balance");
  assert.equal(await focused(), "ussd-input");
  await page.keyboard.type("1");
  await press("Enter");
  await waitForText(page, "Enter your PIN");
  await page.keyboard.type(pin);
  await press("Enter");
  await waitForText(page, "TZS 1,000.00");
  await press("Enter");
  assert.equal(await focused(), "number");
  await press("Escape");
  assert.equal(await focused(), "open-dialler");

  // The prompt takes the focus, keeps it, and returns it when it closes.
  const payment = collectFrom(msisdn);
  await findPrompt(page).waitFor();
  assert.equal(await focused(), "pin");
  await press("Tab", "Tab", "Tab");
  const around = [await focused()];
  await press("Shift+Tab");
  around.push(await focused());
  assert(
    around.every((id) => !["open-dialler", "open-inbox", "open-menu"].includes(id)),
    String(around),
  );
  await findPinField(page).focus();
  await page.keyboard.type(pin);
  await press("Enter");
  assert.equal(summarise(await payment), "201 INS-0");
  await waitForText(page, "You paid.");
  assert.equal(await focused(), "prompt-close");
  await press("Enter");
  assert.equal(await focused(), "open-dialler");

  const declined = collectFrom(msisdn);
  await findPrompt(page).waitFor();
  await press("Escape");
  assert.equal(summarise(await declined), "401 INS-6");
});

test("a screen reader announces the prompt and nothing behind it", { skip }, async () => {
  const msisdn = await createHandset();
  const page = await visitHandset(msisdn);
  const payment = collectFrom(msisdn);
  await findPrompt(page).waitFor();
  const devtools = await context.newCDPSession(page);
  const { nodes } = await devtools.send("Accessibility.getFullAXTree");
  const announced = nodes
    .filter(({ ignored, role }) => !ignored && !["StaticText", "InlineTextBox"].includes(role?.value))
    .map(({ role, name }) => `${role?.value} ${name?.value ?? ""}`.trim());
  const dialog = nodes.find(({ role }) => role?.value === "alertdialog");
  const property = (name: string) =>
    dialog?.properties?.find((node) => node.name === name)?.value.value as unknown;

  assert.equal(property("modal"), true);
  assert.match(
    String(dialog?.description?.value),
    /TZS 125\.50.*Business number.*000000.*Reference.*T12344C/s,
  );
  for (const wanted of [
    "alertdialog Pay Duka la Amina?",
    "heading Pay Duka la Amina?",
    "textbox M-Pesa PIN",
    "button Cancel",
    "button Send",
  ]) {
    assert(announced.includes(wanted), `${wanted} is not in: ${announced.join(", ")}`);
  }
  assert(!announced.some((node) => /Messages|Network|Notifications/.test(node)), announced.join(", "));
  await findButton(page, "Cancel").click();
  await payment;
});

test("a handset's behaviour can be changed, and it can be switched off and on again", { skip }, async () => {
  const msisdn = await createHandset();
  const page = await visitHandset(msisdn);
  await findButton(page, "Network").click();
  await page.getByLabel("Always decline").check();
  await waitFor("the phone declines", async () =>
    (await getHandsets(sandbox).getState(msisdn))?.answer === "decline" ? true : undefined,
  );
  assert.equal(summarise(await collectFrom(msisdn)), "401 INS-6");

  await page.getByLabel("No signal").check();
  await page.getByRole("img", { name: "No signal" }).waitFor();
  await page.getByLabel("Slow").check();
  await page.getByLabel("Seconds until it approves").fill("7");
  await page.getByLabel("Seconds until it approves").press("Enter");
  await waitFor("the delay", async () =>
    (await getHandsets(sandbox).getState(msisdn))?.delayMs === 7000 ? true : undefined,
  );

  await page.getByRole("radio", { name: "Switched off" }).check();
  await findButton(page, "Switch on").waitFor();
  assert.notEqual(summarise(await collectFrom(msisdn)), "201 INS-0");
  await findButton(page, "Switch on").click();
  await findButton(page, "Switch on").waitFor({ state: "hidden" });
  assert.equal((await getHandsets(sandbox).getState(msisdn))?.answer, "ask");
});

test("a page that loses its connection to the server reconnects", { skip }, async () => {
  const msisdn = await createHandset();
  const page = await visitHandset(msisdn);
  const lost = page.locator("body[data-link=lost]").waitFor();
  sandbox.platform.server.server.closeAllConnections();
  await lost;
  await page.locator("body[data-link=live]").waitFor();
  const payment = collectFrom(msisdn);
  await findPrompt(page).waitFor();
  await findButton(page, "Cancel").click();
  await payment;
});

test("a new number can register itself, and a name is never treated as markup", { skip }, async () => {
  const page = await createPage();
  await page.goto(`${sandbox.url}/handset/VODACOMTZN/255759999999`);
  await waitForText(page, "No handset has this number");
  const name = `<img src=x onerror="document.title='taken'">`;
  await page.getByLabel("First name").fill(name);
  await page.getByLabel("Last name").fill(`'"><script>document.title="taken"</script>`);
  await page.getByLabel("PIN").fill("1357");
  await findButton(page, "Register the number").click();
  await page.locator("body[data-link=live]").waitFor();
  await page.locator("#sim").getByText(name).waitFor();
  assert.equal(await page.locator("img, script:not([src])").count(), 0);
  assert.equal(await useMenu(page, "1", "1357"), "Your M-Pesa balance:\nTZS 10,000.00");

  await page.goto(`${sandbox.url}/handset`);
  await page.locator(".handset-who").getByText(name).waitFor();
  assert.equal(await page.locator("img").count(), 0);
  assert.doesNotMatch(await page.title(), /taken/);
  await assertInvariantsHold(sandbox.databaseUrl);
});
