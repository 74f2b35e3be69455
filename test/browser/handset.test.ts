/**
 * The handset in a real browser: what a person sees, types and hears of, while a real payment waits for them.
 *
 * One server and one browser serve all of it; each test has a number of its own.
 */
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import type { Browser, BrowserContext, FrameLocator, Page } from "playwright-core";
import { minute, second } from "../../src/clock.ts";
import { assertBooksHold } from "../town/books.ts";
import { phonesOf } from "../town/handsets.ts";
import { collect, newCustomer, payOut, said, transactionOf } from "../town/payments.ts";
import { eventually } from "../town/prompts.ts";
import { openTown, reference, type Reply, type Town } from "../town/town.ts";
import { noBrowser, openBrowser } from "./browser.ts";

const skip = noBrowser ?? false;
const pin = "4321";

let town: Town;
let browser: Browser;
let context: BrowserContext;
/** What the pages' scripts complained about. */
let complaints: string[] = [];

before(async () => {
  if (noBrowser !== null) return;
  [town, browser] = await Promise.all([openTown(), openBrowser()]);
});
after(async () => {
  await browser?.close();
  await town?.[Symbol.asyncDispose]();
});
afterEach(async () => {
  await context?.close();
  const told = complaints;
  complaints = [];
  assert.deepEqual(told, [], "the pages' scripts complained");
});

/** A page that has the look of a phone, 360 by 640, and no patience for slow pages. */
async function newPage(): Promise<Page> {
  context = await browser.newContext({ viewport: { width: 360, height: 640 }, reducedMotion: "reduce" });
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (line) => {
    if (/content security policy|trusted/i.test(line.text())) complaints.push(line.text());
  });
  return page;
}

async function newPhone(answer: "ask" | "slow" = "ask"): Promise<string> {
  const msisdn = await newCustomer(town, { minor: 1000_00n });
  await phonesOf(town).open({ msisdn, pin, answer });
  return msisdn;
}

/** Somebody's phone, on the screen and live. */
async function openPhone(msisdn: string): Promise<Page> {
  const page = await newPage();
  await page.goto(`${town.url}/handset/vodacomTZN/${msisdn}`);
  await page.locator("body[data-link=live]").waitFor();
  return page;
}

const pays = (msisdn: string, change: object = {}): Promise<Reply> =>
  collect(town, { input_CustomerMSISDN: msisdn, input_Amount: "125.50", ...change });

type Screen = Page | FrameLocator;
const prompt = (on: Screen) => on.getByRole("alertdialog", { name: "Pay Duka la Amina?" });
const pinField = (on: Screen) => on.getByLabel("M-Pesa PIN");
const button = (on: Screen, name: string) => on.getByRole("button", { name, exact: true });
const shows = (on: Screen, text: string | RegExp) => on.getByText(text).first().waitFor();

/** The M-Pesa menu, answered step by step. Returns what its last screen says. */
async function menu(page: Page, ...inputs: readonly string[]): Promise<string> {
  const dialog = page.getByRole("dialog", { name: "USSD menu" });
  await button(page, "M-Pesa").click();
  await dialog.getByText("1. Balance").waitFor();
  for (const input of inputs) {
    const before = (await dialog.locator("#ussd-text").textContent()) ?? "";
    await dialog.getByRole("textbox").fill(input);
    await button(page, "Send").click();
    await page.locator("#ussd:not(.running) #ussd-text").filter({ hasNotText: before }).waitFor();
  }
  return (await dialog.locator("#ussd-text").textContent()) ?? "";
}

test("a payment waits for the phone, and the PIN lets it through", { skip }, async () => {
  const msisdn = await newPhone();
  const page = await openPhone(msisdn);
  const paying = pays(msisdn);
  await prompt(page).waitFor();
  await prompt(page).getByText("TZS 125.50").waitFor();
  await prompt(page).getByText("T12344C").waitFor();
  await pinField(page).fill(pin);
  await button(page, "Send").click();

  const reply = await paying;
  assert.equal(said(reply), "201 INS-0");
  await shows(page, "You paid.");
  await button(page, "Close").click();
  await shows(page, `${transactionOf(reply).toUpperCase()}: you paid TZS 125.50 to Duka la Amina`);
  assert.equal(await town.available(msisdn), 874_50n);
});

test("Cancel declines, and nothing is taken", { skip }, async () => {
  const msisdn = await newPhone();
  const page = await openPhone(msisdn);
  const paying = pays(msisdn);
  await prompt(page).waitFor();
  await button(page, "Cancel").click();
  assert.equal(said(await paying), "401 INS-6");
  await prompt(page).waitFor({ state: "hidden" });
  assert.equal(await town.available(msisdn), 1000_00n);
});

test("wrong PINs are counted, the third locks, and time unlocks", { skip }, async () => {
  const msisdn = await newPhone();
  const page = await openPhone(msisdn);
  const paying = pays(msisdn);
  for (const left of ["2 tries are left", "1 try is left", "Your PIN is locked until"]) {
    await pinField(page).fill("0000");
    await button(page, "Send").click();
    await shows(page, left);
  }
  assert.equal(said(await paying), "401 INS-6");
  await button(page, "Close").click();

  const again = pays(msisdn);
  await prompt(page).waitFor();
  assert.equal(await pinField(page).isDisabled(), true);
  assert.equal(await button(page, "Send").isDisabled(), true);
  await button(page, "Cancel").click();
  assert.equal(said(await again), "401 INS-6");

  town.clock.advance(30 * minute);
  town.forgetSession();
  const later = pays(msisdn);
  await prompt(page).waitFor();
  await pinField(page).fill(pin);
  await button(page, "Send").click();
  assert.equal(said(await later), "201 INS-0");
});

test("a request that nobody answers runs out, and the phone says so", { skip }, async () => {
  const msisdn = await newPhone();
  const page = await openPhone(msisdn);
  const paying = pays(msisdn);
  await prompt(page).waitFor();
  assert.match((await page.locator("#countdown").textContent()) ?? "", /^1:(30|2\d)$/);
  town.clock.advance(80 * second);
  await page
    .locator("#countdown")
    .filter({ hasText: /^0:(10|0\d)$/ })
    .waitFor();
  town.clock.advance(11 * second);
  await shows(page, "Nothing was taken.");
  assert.equal(await page.locator("#prompt-outcome").getAttribute("data-outcome"), "bad");
  assert.equal(said(await paying), "408 INS-9");
  assert.equal(await town.available(msisdn), 1000_00n);
});

test("a mandate is agreed to on the phone, and cancelled in its menu", { skip }, async () => {
  const msisdn = await newPhone();
  const page = await openPhone(msisdn);
  const name = reference();
  const creating = town.call("POST", "directDebitCreation/", {
    input_AgreedTC: "1",
    input_CustomerMSISDN: msisdn,
    input_Country: "TZN",
    input_ServiceProviderCode: "000000",
    input_ThirdPartyReference: name,
    input_ThirdPartyConversationID: reference(),
    input_FirstPaymentDate: "20300115",
    input_Frequency: "04",
  });
  const consent = page.getByRole("alertdialog", { name: "Let Duka la Amina collect from your account?" });
  await consent.getByText("monthly from 15/01/2030").waitFor();
  await consent.getByText(name).waitFor();
  await pinField(page).fill(pin);
  await button(page, "Agree").click();
  assert.equal(said(await creating), "201 INS-0");
  await button(page, "Close").click();

  assert.equal(
    await menu(page, "3", pin, "1", "1", pin),
    "Your direct debit to Duka la Amina is cancelled. Nothing more will be taken.",
  );
  await button(page, "OK").click();
  assert.equal(await menu(page, "3", pin), "You have no direct debits.");
});

test("messages arrive while somebody looks, and are unread until they are read", { skip }, async () => {
  const msisdn = await newPhone();
  const page = await openPhone(msisdn);
  await button(page, "Phone").click();
  await payOut(town, { input_CustomerMSISDN: msisdn, input_Amount: "40.00" });
  const banner = page.locator("#banner");
  await banner.getByText("you got TZS 40.00 from Duka la Amina").waitFor();
  await page.locator("#say").filter({ hasText: "New message" }).waitFor({ state: "attached" });
  await banner.click();
  const list = page.getByRole("list", { name: "Messages, newest first" });
  await list.getByText("you got TZS 40.00").waitFor();
  await button(page, "Back to the home screen").click();
  await button(page, "Messages").waitFor();

  await payOut(town, { input_CustomerMSISDN: msisdn, input_Amount: "50.00" });
  await button(page, "Messages, 1 unread").click();
  assert.match((await list.locator("li.bubble").first().textContent()) ?? "", /TZS 50\.00/);
  await button(page, "Back to the home screen").click();
  await button(page, "Messages").waitFor();
});

test("two phones stand side by side, and each is asked for its own", { skip }, async () => {
  const [first, other] = [await newPhone(), await newPhone()];
  const page = await newPage();
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.goto(`${town.url}/handset`);
  for (const msisdn of [first, other]) await page.locator(`[data-path$="${msisdn}"]`).click();
  const [one, two] = [first, other].map((each) => page.frameLocator(`[data-path$="${each}"] iframe`));
  assert(one !== undefined && two !== undefined);
  for (const phone of [one, two]) await phone.locator("body[data-link=live]").waitFor();

  const paying = pays(other);
  await pinField(two).fill(pin);
  assert.equal(await prompt(one).isVisible(), false);
  await button(two, "Send").click();
  assert.equal(said(await paying), "201 INS-0");
  await shows(two, "You paid.");
  assert.deepEqual(
    new URL(page.url()).searchParams.getAll("open"),
    [first, other].map((each) => `vodacomTZN/${each}`),
  );
});

test("the keyboard alone is enough", { skip }, async () => {
  const msisdn = await newPhone();
  const page = await openPhone(msisdn);
  // In words, since this file knows nothing of a browser's types.
  const focused = () => page.evaluate<string>("document.activeElement?.id ?? ''");
  const press = async (...keys: string[]) => {
    for (const key of keys) await page.keyboard.press(key);
  };

  // The dialler: by Tab, code, Enter; its session; and back to where it began.
  await press("Tab", "Enter");
  assert.equal(await focused(), "number");
  await page.keyboard.type("*150*00#");
  await press("Enter");
  await shows(page, "1. Balance");
  assert.equal(await focused(), "ussd-input");
  await page.keyboard.type("1");
  await press("Enter");
  await shows(page, "Enter your PIN");
  await page.keyboard.type(pin);
  await press("Enter");
  await shows(page, "TZS 1,000.00");
  await press("Enter");
  assert.equal(await focused(), "number");
  await press("Escape");
  assert.equal(await focused(), "open-dialler");

  // The prompt takes the focus, keeps it, and gives it back.
  const paying = pays(msisdn);
  await prompt(page).waitFor();
  assert.equal(await focused(), "pin");
  await press("Tab", "Tab", "Tab");
  const around = [await focused()];
  await press("Shift+Tab");
  around.push(await focused());
  assert(
    around.every((id) => !["open-dialler", "open-inbox", "open-menu"].includes(id)),
    String(around),
  );
  await pinField(page).focus();
  await page.keyboard.type(pin);
  await press("Enter");
  assert.equal(said(await paying), "201 INS-0");
  await shows(page, "You paid.");
  assert.equal(await focused(), "prompt-close");
  await press("Enter");
  assert.equal(await focused(), "open-dialler");

  const declined = pays(msisdn);
  await prompt(page).waitFor();
  await press("Escape");
  assert.equal(said(await declined), "401 INS-6");
});

test("a screen reader is told of the prompt, and of nothing behind it", { skip }, async () => {
  const msisdn = await newPhone();
  const page = await openPhone(msisdn);
  const paying = pays(msisdn);
  await prompt(page).waitFor();
  const devtools = await context.newCDPSession(page);
  const { nodes } = await devtools.send("Accessibility.getFullAXTree");
  const heard = nodes
    .filter(({ ignored, role }) => !ignored && !["StaticText", "InlineTextBox"].includes(role?.value))
    .map(({ role, name }) => `${role?.value} ${name?.value ?? ""}`.trim());
  const dialog = nodes.find(({ role }) => role?.value === "alertdialog");
  const property = (name: string) =>
    dialog?.properties?.find((each) => each.name === name)?.value.value as unknown;

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
    assert(heard.includes(wanted), `${wanted} is not among: ${heard.join(", ")}`);
  }
  assert(!heard.some((each) => /Messages|Network|Notifications/.test(each)), heard.join(", "));
  await button(page, "Cancel").click();
  await paying;
});

test("a phone is told how to behave, switched off, and switched on again", { skip }, async () => {
  const msisdn = await newPhone();
  const page = await openPhone(msisdn);
  await button(page, "Network").click();
  await page.getByLabel("Always decline").check();
  await eventually("the phone declines", async () =>
    (await phonesOf(town).state(msisdn))?.answer === "decline" ? true : undefined,
  );
  assert.equal(said(await pays(msisdn)), "401 INS-6");

  await page.getByLabel("No signal").check();
  await page.getByRole("img", { name: "No signal" }).waitFor();
  await page.getByLabel("Slow").check();
  await page.getByLabel("Seconds until it approves").fill("7");
  await page.getByLabel("Seconds until it approves").press("Enter");
  await eventually("the delay", async () =>
    (await phonesOf(town).state(msisdn))?.delayMs === 7000 ? true : undefined,
  );

  await page.getByRole("radio", { name: "Switched off" }).check();
  await button(page, "Switch on").waitFor();
  assert.notEqual(said(await pays(msisdn)), "201 INS-0");
  await button(page, "Switch on").click();
  await button(page, "Switch on").waitFor({ state: "hidden" });
  assert.equal((await phonesOf(town).state(msisdn))?.answer, "ask");
});

test("a page that loses its server comes back by itself", { skip }, async () => {
  const msisdn = await newPhone();
  const page = await openPhone(msisdn);
  const lost = page.locator("body[data-link=lost]").waitFor();
  town.platform.app.server.closeAllConnections();
  await lost;
  await page.locator("body[data-link=live]").waitFor();
  const paying = pays(msisdn);
  await prompt(page).waitFor();
  await button(page, "Cancel").click();
  await paying;
});

test("a new number registers itself, and a name is never markup", { skip }, async () => {
  const page = await newPage();
  await page.goto(`${town.url}/handset/VODACOMTZN/255759999999`);
  await shows(page, "Nobody answers at this number");
  const name = `<img src=x onerror="document.title='taken'">`;
  await page.getByLabel("First name").fill(name);
  await page.getByLabel("Last name").fill(`'"><script>document.title="taken"</script>`);
  await page.getByLabel("PIN").fill("1357");
  await button(page, "Register the number").click();
  await page.locator("body[data-link=live]").waitFor();
  await page.locator("#sim").getByText(name).waitFor();
  assert.equal(await page.locator("img, script:not([src])").count(), 0);
  assert.equal(await menu(page, "1", "1357"), "Your M-Pesa balance:\nTZS 10,000.00");

  await page.goto(`${town.url}/handset`);
  await page.locator(".handset-who").getByText(name).waitFor();
  assert.equal(await page.locator("img").count(), 0);
  assert.doesNotMatch(await page.title(), /taken/);
  await assertBooksHold(town.databaseUrl);
});
