/**
 * Accounts in a real browser, from registering to signing in with two factors. Nothing is mocked: mails are in the mailbox,
 * and the code is on the handset's page.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { hashPassword } from "../../../src/accounts/passwords.ts";
import { computeTotp, toTotpStep } from "../../../src/accounts/totp.ts";
import { insertAccount } from "../../../src/store/main/developer-accounts.ts";
import { decodeBase32 } from "../../support/base32.ts";
import { createDeveloper } from "../../support/developers.ts";
import { waitForMail } from "../../support/mailbox.ts";
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

const email = "neema@example.com";
const password = "correct horse battery";

const fill = (page: Page, label: string | RegExp, value: string) => page.getByLabel(label).fill(value);
const press = (page: Page, name: string) => page.getByRole("button", { name, exact: true }).click();
const waitForTitle = (page: Page, name: string) => page.getByRole("heading", { level: 1, name }).waitFor();

/** Opens the newest mail to an address and follows its link. A mail is there shortly after the response that caused it. */
async function followMail(page: Page, to: string, subject: string): Promise<void> {
  await waitForMail(sandbox, to, (mail) => mail.subject === subject);
  await page.goto(`${sandbox.url}/mailbox`);
  await page
    .getByRole("link")
    .filter({ hasText: subject })
    .filter({ hasText: `To ${to}` })
    .first()
    .click();
  await page.getByRole("heading", { name: subject }).waitFor();
  await assertAccessible(page);
  await page.getByRole("link", { name: `${sandbox.url}/app` }).click();
}

test("register, activate, confirm the number, use a second factor, and sign in again", async (t) => {
  if (browser === null) return t.diagnostic(noBrowser ?? "");
  const { page, complaints } = await loadPage(browser, `${sandbox.url}/app/register`);

  await waitForTitle(page, "Register");
  await assertAccessible(page);
  await fill(page, "Name", "Neema Juma");
  await fill(page, "E-mail address", email);
  await fill(page, "Password", password);
  await press(page, "Register");
  await page.getByRole("heading", { name: "Check your mail" }).waitFor();
  await assertAccessible(page);

  await followMail(page, email, "Activate your Pesarail account");
  await waitForTitle(page, "Activate your account");
  await fill(page, "Password", "not the password");
  await press(page, "Activate");
  await page.getByText("It is not the one that you chose").waitFor();
  await fill(page, "Password", password);
  await press(page, "Activate");
  await waitForTitle(page, "Your first application");
  await assertAccessible(page);
  const secrets = JSON.parse((await page.locator("pre").textContent()) ?? "") as Record<
    string,
    Record<string, string>
  >;
  assert.notEqual(await sandbox.session("vodacomTZN", secrets["openapi-v2"]?.["apiKey"]), "");
  const goOn = page.getByRole("button", { name: "Continue" });
  assert(await goOn.isDisabled(), "the way on opens when the secrets are stored");
  await page.getByLabel("I have stored them").check();
  await goOn.click();

  await waitForTitle(page, "Your number");
  await assertAccessible(page);
  await fill(page, "Phone number", "0754 123 456");
  await press(page, "Send a code");
  const message = page.frameLocator("iframe").getByText(/^\d{6} is your Pesarail code/);
  const code = /^\d{6}/.exec((await message.first().textContent()) ?? "")?.[0] ?? "";
  await assertAccessible(page);
  await fill(page, "Code", code);
  await press(page, "Confirm");
  await page.waitForURL(/\/app\/requests/);

  await page.getByRole("link", { name: /My Profile/ }).click();
  await waitForTitle(page, "My Profile");
  await page.getByText("255754123456").waitFor();
  await assertAccessible(page);
  const secondFactor = page
    .locator("section")
    .filter({ has: page.getByRole("heading", { name: "Second factor" }) });
  await secondFactor.getByLabel("Current password").fill(password);
  await secondFactor.getByRole("button", { name: "Turn on" }).click();
  const secret = decodeBase32((await secondFactor.locator("code").first().textContent()) ?? "");
  await assertAccessible(page);
  const enrolledStep = toTotpStep(Date.now());
  await secondFactor.getByLabel("Code of the app").fill(computeTotp(secret, enrolledStep));
  await secondFactor.getByRole("button", { name: "Turn on" }).click();
  await secondFactor.getByText("Recovery codes").waitFor();
  const recoveryCode = /\S+/.exec((await secondFactor.locator("pre").textContent()) ?? "")?.[0] ?? "";
  await assertAccessible(page);
  await secondFactor.getByLabel("I have stored them").check();
  await secondFactor.getByRole("button", { name: "Done" }).click();
  await secondFactor.getByText("10 recovery codes left.").waitFor();

  await press(page, "Sign out");
  await waitForTitle(page, "Sign in");
  await assertAccessible(page);
  // Each code is accepted once, so this is the next one; a phone's clock may be ahead.
  await signInWithCode(page, computeTotp(secret, Math.max(toTotpStep(Date.now()), enrolledStep + 1)));
  await page.getByRole("link", { name: "Neema Juma, My Profile" }).waitFor();

  await page.goto(`${sandbox.url}/app/profile`);
  await press(page, "Sign out");
  await waitForTitle(page, "Sign in");
  await signInWithCode(page, recoveryCode);
  await page.getByRole("link", { name: "Neema Juma, My Profile" }).waitFor();
  // Refused attempts are lines of the console too; they are no fault of the page.
  assert.deepEqual(
    complaints.filter((text) => !/status of 40[01]/.test(text)),
    [],
  );
  await page.context().close();
});

async function signInWithCode(page: Page, code: string): Promise<void> {
  await fill(page, "E-mail address", email);
  await fill(page, "Password", password);
  await press(page, "Sign in");
  await waitForTitle(page, "Enter a code");
  await fill(page, "Code", code);
  await press(page, "Sign in");
  await page.waitForURL(/\/app\/requests/);
}

test("another password by a link, and back to the page where the session ended", async (t) => {
  if (browser === null) return t.diagnostic(noBrowser ?? "");
  const { page } = await loadPage(browser, `${sandbox.url}/app/register`);
  const other = "amina@example.com";
  await fill(page, "Name", "Amina");
  await fill(page, "E-mail address", other);
  await fill(page, "Password", password);
  await press(page, "Register");
  await page.getByRole("heading", { name: "Check your mail" }).waitFor();
  await followMail(page, other, "Activate your Pesarail account");
  await fill(page, "Password", password);
  await press(page, "Activate");
  await waitForTitle(page, "Your first application");
  await page.context().clearCookies();

  await page.goto(`${sandbox.url}/app/reset`);
  await fill(page, "E-mail address", other);
  await press(page, "Send the link");
  await page.getByRole("heading", { name: "Check your mail" }).waitFor();
  await followMail(page, other, "Set another password for Pesarail");
  await waitForTitle(page, "Set another password");
  await fill(page, "New password", "another good password");
  await press(page, "Set the password");
  await page.getByText("The password is set.").waitFor();

  await page.goto(`${sandbox.url}/app/sign-in?next=${encodeURIComponent("/app/profile")}`);
  await fill(page, "E-mail address", other);
  await fill(page, "Password", "another good password");
  await press(page, "Sign in");
  await waitForTitle(page, "My Profile");
  for (const hostile of [
    "https://shop.example/",
    "//shop.example",
    "/app//shop.example",
    "/\\shop.example",
  ]) {
    await page.goto(`${sandbox.url}/app/sign-in?next=${encodeURIComponent(hostile)}`);
    await fill(page, "E-mail address", other);
    await fill(page, "Password", "another good password");
    await press(page, "Sign in");
    await page.waitForURL(/\/app\/requests/);
  }
  await page.context().close();
});

test("without a session, a page leads to signing in and back to itself", async (t) => {
  if (browser === null) return t.diagnostic(noBrowser ?? "");
  const closed = await createTestSandbox({ portal: { localTools: false } });
  try {
    const developer = await createDeveloper(closed, "Neema Juma");
    const hash = await hashPassword(password);
    await closed.stores.main.begin((tx) => insertAccount(tx, developer.id, hash));
    const { page } = await loadPage(browser, `${closed.url}/app/profile`);
    await page.getByRole("heading", { name: "You are not signed in" }).waitFor();
    await assertAccessible(page);
    await page.getByRole("main").getByRole("link", { name: "Sign in" }).click();
    await page.getByText("Sign in to go on where you were.").waitFor();
    await fill(page, "E-mail address", developer.email);
    await fill(page, "Password", "not the password");
    await press(page, "Sign in");
    await page.getByText("The e-mail address or the password is wrong.").waitFor();
    await assertAccessible(page);
    await fill(page, "Password", password);
    await press(page, "Sign in");
    await waitForTitle(page, "My Profile");
    // Revoked elsewhere: the next call says so.
    await closed.stores.main`delete from developer_sessions`;
    await page.reload();
    await page.getByRole("heading", { name: "You are not signed in" }).waitFor();
    await page.goto(`${closed.url}/app/register`);
    await page.getByRole("heading", { name: "Registration is closed" }).waitFor();
    await assertAccessible(page);
    await page.context().close();
  } finally {
    await closed[Symbol.asyncDispose]();
  }
});

test("the pages fit every width, in both themes", async (t) => {
  if (browser === null) return t.diagnostic(noBrowser ?? "");
  for (const [width, theme] of [
    [360, "dark"],
    [2560, "light"],
  ] as const) {
    for (const path of [
      "/app/register",
      "/app/sign-in",
      "/app/reset",
      "/app/activate",
      "/app/phone",
      "/app/profile",
      "/mailbox",
    ]) {
      const { page } = await loadPage(browser, sandbox.url + path, { width, theme });
      await page.getByRole("heading", { level: 1 }).waitFor();
      await page.waitForLoadState("networkidle");
      const overflow = await page.evaluate("document.documentElement.scrollWidth - window.innerWidth");
      assert.equal(overflow, 0, `${path} scrolls sideways at ${width} pixels`);
      await assertAccessible(page);
      await page.context().close();
    }
  }
});
