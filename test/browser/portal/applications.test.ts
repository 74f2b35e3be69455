/** Applications in a real browser: created, used at the gateway, renewed, revoked, limited, compared and restored. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { callControl } from "../../support/control.ts";
import { usePortal } from "../../support/portal.ts";
import { c2bFields, createTestSandbox, type TestSandbox } from "../../support/sandbox.ts";
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

const getSession = (apiKey: string) =>
  sandbox.raw("GET", "/sandbox/ipg/v2/vodacomTZN/getSession/", { bearer: sandbox.encrypt(apiKey) });

const pay = async (bearer: string): Promise<string | undefined> =>
  (await sandbox.call("POST", "c2bPayment/singleStage/", c2bFields(sandbox), { bearer })).body[
    "output_ResponseCode"
  ];

/** The first of the secrets that the page displays, after it was copied. */
async function readFirstSecret(page: Page): Promise<string> {
  const gate = page.getByRole("region", { name: /^Your new secrets/ });
  await gate.getByRole("button", { name: "Copy API key" }).first().click();
  await gate.getByRole("button", { name: "Copied" }).waitFor();
  return page.evaluate<string>("navigator.clipboard.readText()");
}

/** A refused form is an error on the console of every browser. */
const assertQuiet = (complaints: readonly string[]): void =>
  assert.deepEqual(
    complaints.filter((text) => !text.includes("400 (Bad Request)")),
    [],
  );

async function confirmSecrets(page: Page): Promise<void> {
  const gate = page.getByRole("region", { name: /^Your new secrets/ });
  const close = gate.getByRole("button", { name: "Close", exact: true });
  assert.equal(await close.isDisabled(), true, "the secrets can be closed before they are stored");
  await gate.getByRole("checkbox").check();
  await close.click();
  await gate.waitFor({ state: "detached" });
}

test("a key is created, renewed beside the old one, and the old one is revoked", async (t) => {
  if (browser === null) return t.diagnostic(noBrowser ?? "");
  const { page, complaints } = await loadPage(browser, `${sandbox.url}/app/applications`);
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);

  await page.getByRole("button", { name: "Create application" }).click();
  const creation = page.getByRole("dialog", { name: "Create an application" });
  await creation.getByLabel("Name").fill("Sandbox application");
  await creation.getByRole("button", { name: "Create application" }).click();
  await creation.getByText("You have another application of this name.").waitFor();
  await creation.getByLabel("Name").fill("Night shop");
  await assertAccessible(page);
  await creation.getByRole("button", { name: "Create application" }).click();
  await page.getByRole("heading", { name: "Night shop", level: 1 }).waitFor();
  const oldKey = await readFirstSecret(page);
  const oldSession = await sandbox.session("vodacomTZN", oldKey);
  assert.equal(await pay(oldSession), "INS-0");

  // The secrets are not confirmed: leaving asks, and staying keeps them.
  await page.getByRole("link", { name: "Applications" }).first().click();
  await page.getByRole("button", { name: "Stay" }).click();
  await assertAccessible(page);
  await confirmSecrets(page);

  await page.getByRole("button", { name: "Renew OpenAPI v2" }).click();
  const renewal = page.getByRole("dialog", { name: /^Renew/ });
  await assertAccessible(page);
  await renewal.getByRole("button", { name: "Renew" }).click();
  const newKey = await readFirstSecret(page);
  assert.notEqual(newKey, oldKey);
  await confirmSecrets(page);
  assert.equal((await getSession(newKey)).status, 200);
  assert.equal((await getSession(oldKey)).status, 200, "the old key ended with its overlap");

  await callControl(sandbox, "GET", "/markets/vodacomTZN/requests?limit=1");
  await page.reload();
  await page.getByText("1 caller left").waitFor();
  await page.getByRole("button", { name: "Revoke", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: /^Revoke the old secrets/ });
  await dialog.getByText(/1 address sent 3 requests/).waitFor();
  await dialog.getByRole("button", { name: "Revoke" }).click();
  await page.getByText("1 inactive key").waitFor();
  assert.notEqual((await getSession(oldKey)).status, 200);
  assert.notEqual(await pay(oldSession), "INS-0");
  assert.equal((await getSession(newKey)).status, 200);
  assertQuiet(complaints);
  await page.context().close();
});

test("limits are edited and counted, and the history restores what was before", async (t) => {
  if (browser === null) return t.diagnostic(noBrowser ?? "");
  const { id, secrets } = await usePortal(sandbox, "POST", "/applications", { name: "Day shop" });
  const bearer = await sandbox.session("vodacomTZN", secrets[0].secrets[0].value);
  const { page, complaints } = await loadPage(browser, `${sandbox.url}/app/applications/${id}/products`);

  await page.getByRole("button", { name: "Edit Customer to business, one step" }).click();
  const drawer = page.getByRole("dialog", { name: /^Hours and limits/ });
  await drawer.getByLabel("Value of one payment").fill("-1");
  await drawer.getByRole("button", { name: "Save" }).click();
  await drawer.getByText(/A decimal amount in quotes/).waitFor();
  await drawer.getByLabel("Value of one payment").fill("500");
  await drawer.getByLabel("Payments a day and session").fill("2");
  await assertAccessible(page);
  await drawer.getByRole("button", { name: "Save" }).click();
  await drawer.waitFor({ state: "detached" });
  assert.equal(await pay(bearer), "INS-0");
  assert.equal(await pay(bearer), "INS-0");
  assert.notEqual(await pay(bearer), "INS-0");
  await page.reload();
  await page.getByText("of 2", { exact: true }).first().waitFor();

  await page.getByRole("switch", { name: /Business to customer/ }).click();
  await page.getByText("Business to customer is off. The gateway refuses it.").waitFor();
  await page.getByRole("link", { name: "History" }).click();
  await page.getByText("c2bSingle, value of one payment").waitFor();
  await assertAccessible(page);
  await page.getByRole("button", { name: "Compare" }).click();
  const comparison = page.getByRole("dialog", { name: "Compare" });
  await comparison.getByLabel("From").selectOption({ label: "Change 1" });
  await comparison.getByText("c2bSingle, payments a day and session").waitFor();
  await comparison.getByRole("button", { name: "Close" }).click();
  await page.getByRole("button", { name: "Restore Change 1" }).click();
  const restoring = page.getByRole("dialog", { name: /^Restore the settings/ });
  await restoring.getByText("Product b2c").waitFor();
  await restoring.getByRole("button", { name: "Restore" }).click();
  await page.getByText("The settings of change 1 are in effect.").waitFor();
  assert.equal(await pay(bearer), "INS-0");
  assertQuiet(complaints);
  await page.context().close();
});

test("unsaved changes ask before the page is left, and errors stand beside their fields", async (t) => {
  if (browser === null) return t.diagnostic(noBrowser ?? "");
  const { id } = await usePortal(sandbox, "POST", "/applications", { name: "Careful shop" });
  const { page, complaints } = await loadPage(browser, `${sandbox.url}/app/applications/${id}/sources`);
  await page.getByRole("button", { name: "Add an address or range" }).click();
  await page.getByLabel("Address or range 1", { exact: true }).fill("300.0.0.1");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText(/is not accepted. An IP address or CIDR range/).waitFor();
  await page.getByRole("link", { name: "Callbacks" }).click();
  await page.getByRole("button", { name: "Stay" }).click();
  await page.getByLabel("Address or range 1", { exact: true }).fill("127.0.0.1");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved. The gateway uses it already.").first().waitFor();
  await page.getByRole("link", { name: "Callbacks" }).click();
  await page.getByLabel("OpenAPI v2, results").fill("https://shop.example/results");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Nothing has changed.").waitFor();
  await page.getByRole("button", { name: "Show" }).click();
  await page.getByText(/^whsec_.{30}/).waitFor();
  const { settings } = await usePortal(sandbox, "GET", `/applications/${id}`);
  assert.deepEqual(settings.trustedSources, ["127.0.0.1"]);
  assert.deepEqual(settings.callbackUrls, { "openapi-v2/result": "https://shop.example/results" });
  assertQuiet(complaints);
  await page.context().close();
});

test("the sandbox's own application says why it cannot be renewed or revoked", async (t) => {
  if (browser === null) return t.diagnostic(noBrowser ?? "");
  const { applications } = await usePortal(sandbox, "GET", "/applications");
  const { id } = applications.find(({ isSeed }: { isSeed: boolean }) => isSeed);
  const { page } = await loadPage(browser, `${sandbox.url}/app/applications/${id}`);
  const renew = page.getByRole("button", { name: "Renew OpenAPI v2" });
  await renew.waitFor();
  assert.equal(await renew.isDisabled(), true);
  await page.getByText("they are in sandbox.json.").first().waitFor();
  await page.getByRole("link", { name: "Settings" }).click();
  assert.equal(await page.getByRole("button", { name: "Revoke" }).isDisabled(), true);
  await page.getByText(/^It belongs to the sandbox/).waitFor();
  await page.context().close();
});

test("a revoked application is named in the question, and stays listed", async (t) => {
  if (browser === null) return t.diagnostic(noBrowser ?? "");
  const { id } = await usePortal(sandbox, "POST", "/applications", { name: "Old shop" });
  const { page, complaints } = await loadPage(browser, `${sandbox.url}/app/applications/${id}/settings`);
  await page.getByRole("button", { name: "Revoke" }).click();
  const dialog = page.getByRole("dialog", { name: "Revoke Old shop?" });
  const confirm = dialog.getByRole("button", { name: "Revoke" });
  assert.equal(await confirm.isDisabled(), true);
  await dialog.getByLabel("Type Old shop to confirm").fill("Old shop");
  await confirm.click();
  await page.getByRole("heading", { name: "Applications", level: 1 }).waitFor();
  await page.getByRole("row", { name: /Old shop.*Revoked/ }).waitFor();
  await page.getByRole("link", { name: "Old shop" }).click();
  await page.getByText(/^It was revoked/).waitFor();
  assertQuiet(complaints);
  await page.context().close();
});

test("every tab is accessible, fits its width, and breaks no policy", async (t) => {
  if (browser === null) return t.diagnostic(noBrowser ?? "");
  const { id } = await usePortal(sandbox, "POST", "/applications", {
    name: "Wide shop",
    trustedSources: ["127.0.0.1"],
  });
  await usePortal(sandbox, "POST", `/applications/${id}/credentials`, { protocol: "daraja" });
  const tabs = [
    "",
    `/${id}`,
    `/${id}/products`,
    `/${id}/sources`,
    `/${id}/callbacks`,
    `/${id}/history`,
    `/${id}/settings`,
  ];
  for (const [width, theme] of [
    [360, "dark"],
    [1440, "light"],
    [2560, "light"],
  ] as const) {
    const { page, complaints } = await loadPage(browser, `${sandbox.url}/app/applications`, { width, theme });
    for (const tab of tabs) {
      await page.goto(`${sandbox.url}/app/applications${tab}`);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await page.locator("[aria-busy]").first().waitFor({ state: "detached" });
      if (width < 2000) await assertAccessible(page);
      const overflow = await page.evaluate("document.documentElement.scrollWidth - window.innerWidth");
      assert.equal(overflow, 0, `${tab} scrolls sideways at ${width} pixels`);
    }
    assert.deepEqual(complaints, []);
    await page.context().close();
  }
});

test("another developer's application is a page that does not exist", async (t) => {
  if (browser === null) return t.diagnostic(noBrowser ?? "");
  const { main } = sandbox.stores;
  const [stranger] = await main<{ id: bigint }[]>`
    insert into developers (email, name) values ('stranger@shop.example', 'Stranger') returning id`;
  const { id } = await usePortal(sandbox, "POST", "/applications", { name: "Of a stranger" });
  await main`update applications set developer_id = ${stranger?.id ?? 0n} where id = ${id}`;
  const { page } = await loadPage(browser, `${sandbox.url}/app/applications/${id}`);
  await page.getByText("You have no application with this number.").waitFor();
  await page.context().close();
});
