/** An operator sets up a live organisation of Daraja with commands alone, and it takes and makes payments. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { constants, publicEncrypt, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, test } from "node:test";
import { createTestDatabase, testSecretKey } from "../support/cluster.ts";
import { runCommand } from "../support/commands.ts";
import { createDarajaClientAt, signStk, type DarajaTestClient } from "../support/daraja.ts";
import { commandProgram } from "../support/programs.ts";
import { waitFor } from "../support/prompts.ts";
import { connectToSchema } from "../support/sandbox.ts";
import { createDataFolder, startServer, type Server } from "../support/server.ts";

const shortcode = "600123";
const customer = "254722123456";
const inMarket = ["--market", "safaricomKEN"];
const organisation = [...inMarket, "--shortcode", shortcode];

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let folder: ReturnType<typeof createDataFolder>;
let rail: ReturnType<typeof connectToSchema>;
let server: Server;
let liveUrl: string;
let client: DarajaTestClient;
let passkey: string;

before(async () => {
  database = await createTestDatabase();
  rail = connectToSchema(database.address, "live_safaricomKEN");
  folder = createDataFolder();
  server = await startServer(folder.path, database.url, { DARAJA_LIVE_PORT: "0" });
  const file = readFileSync(join(folder.path, "sandbox.json"), "utf8");
  liveUrl = (JSON.parse(file) as { darajaLive: { url: string } }).darajaLive.url;
});
after(async () => {
  await server[Symbol.asyncDispose]();
  await rail.end();
  await database[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

const settings = () => ({
  DATA_DIR: folder.path,
  DATABASE_URL: database.url,
  SECRET_KEY: testSecretKey.toString("hex"),
});

const admin = (...args: readonly string[]) => runCommand(settings(), "admin", ...args).result;

async function runJson<Output = Readonly<Record<string, string>>>(
  ...args: readonly string[]
): Promise<Output> {
  const { code, stdout, stderr } = await admin(...args, "--by", "asha", "--json");
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as Output;
}

async function runWithInput(input: string, ...args: readonly string[]) {
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  const child = spawn(process.execPath, [commandProgram, "admin", ...args], {
    env: { PATH, NODE_COMPILE_CACHE, ...settings() },
    stdio: ["pipe", "pipe", "pipe"],
  });
  child.stdin.end(input);
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close"),
  ]);
  return { code: code as number, stdout, stderr };
}

async function encrypt(password: string): Promise<string> {
  const certificate = await (await fetch(`${liveUrl}/daraja/certificate.cer`)).arrayBuffer();
  const key = new X509Certificate(Buffer.from(certificate)).publicKey;
  const sealed = publicEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, Buffer.from(password));
  return sealed.toString("base64");
}

/** Asks for a payout to the customer. */
async function payOut(reference: string, initiator: string, password: string): Promise<void> {
  const reply = await client.post("/mpesa/b2c/v3/paymentrequest", {
    OriginatorConversationID: reference,
    InitiatorName: initiator,
    SecurityCredential: await encrypt(password),
    CommandID: "BusinessPayment",
    Amount: 10,
    PartyA: shortcode,
    PartyB: customer,
    Remarks: "Winnings",
    QueueTimeOutURL: "https://shop.example/timeout",
    ResultURL: "https://shop.example/result",
  });
  assert.equal(reply.body["ResponseCode"], "0", reply.text);
}

interface OrganisationOutput {
  readonly externalValidation: boolean;
  readonly confirmationMsisdn: string | null;
  readonly nominatedNumber: string | null;
  readonly utilityToWorkingAllowed: boolean;
  readonly urls: { readonly confirmationUrl: string } | null;
  readonly accounts: readonly { readonly kind: string; readonly available: string }[];
}

const readOrganisation = () => runJson<OrganisationOutput>("organisation", "show", ...organisation);

/** Read from the database, because a command takes a second. In shillings. */
async function getUtility(): Promise<number> {
  const [row] = await rail<{ amountMinor: bigint }[]>`
    select available_minor as "amountMinor" from accounts where owner = ${shortcode} and kind = 'utility'`;
  return Number(row?.amountMinor ?? 0n) / 100;
}

const waitForUtility = (expected: number) =>
  waitFor("the balance", async () => ((await getUtility()) === expected ? true : undefined));

test("an organisation, its passkey, a customer and an application are made by commands, and a push is paid", async () => {
  await runJson("organisation", "create", ...organisation, "--name", "Duka la Wanjiku");
  ({ passkey = "" } = await runJson("organisation", "renew-passkey", ...organisation));
  assert.match(passkey, /^[0-9a-z]{64}$/);
  const wanjiku = [...inMarket, "--msisdn", customer];
  const names = ["--first-name", "Wanjiku", "--last-name", "Kamau", "--answer", "approve"];
  await runJson("customer", "create", ...wanjiku, ...names);
  await runJson("customer", "deposit", ...wanjiku, "--amount", "500", "--reason", "Cash");
  const products = ["darajaExpress", "darajaB2c", "darajaC2bV2"].join(",");
  const { daraja } = await runJson<{ daraja: { consumerKey: string; consumerSecret: string } }>(
    "application",
    "create",
    "--name",
    "Shop",
    "--shortcode",
    shortcode,
    "--product",
    products,
  );
  client = createDarajaClientAt(liveUrl, daraja);

  const sign = () => signStk(shortcode, undefined, passkey);
  const fields = { PartyA: customer, PartyB: shortcode, PhoneNumber: customer, Amount: 100 };
  const push = (signature: object) =>
    client.push({ ...fields, ...signature, CallBackURL: "https://shop.example/callback" });
  const reply = await push(sign());
  assert.equal(reply.body["ResponseCode"], "0", reply.text);
  await waitFor("the payment", async () => {
    const { body } = await client.query(reply.body["CheckoutRequestID"], sign());
    return body["ResultCode"] === "0" ? true : undefined;
  });
  assert.equal(await getUtility(), 100);
  const { accounts } = await readOrganisation();
  assert.equal(accounts.find(({ kind }) => kind === "utility")?.available, "100.00");

  const old = sign();
  const renewed = await runJson("organisation", "renew-passkey", ...organisation);
  assert.notEqual(renewed["passkey"], passkey);
  passkey = renewed["passkey"] ?? "";
  await waitFor("the end of the old passkey", async () => {
    const refused = await push(old);
    return refused.body["errorMessage"] === "Wrong credentials" ? true : undefined;
  });
  assert.equal((await push(sign())).body["ResponseCode"], "0");
});

test("an API operator is created, changed, locked, unlocked and renewed, and pays meanwhile", async () => {
  const onOperator = (action: string, ...args: string[]) =>
    runJson<Readonly<Record<string, string>> & { readonly roles: string[] }>(
      "operator",
      action,
      "paymentsapi",
      ...organisation,
      ...args,
    );
  const created = await onOperator("create", "--role", "b2c,reversal");
  assert.deepEqual([created.roles, created["status"]], [["b2c", "reversal"], "active"]);
  const password = created["password"] ?? "";
  assert.match(password, /^\w{32}$/);
  const again = await admin("operator", "create", "paymentsapi", ...organisation, "--role", "b2c");
  assert.equal(again.code, 1);
  assert.match(again.stderr, /already has an operator paymentsapi\.\n$/);
  const before = await getUtility();
  await payOut("live-1", "paymentsapi", password);
  await waitForUtility(before - 10);

  for (const attempt of [1, 2, 3]) await payOut(`live-wrong-${attempt}`, "paymentsapi", "wrong password");
  type Row = { readonly username: string; readonly status: string };
  await waitFor("the lock", async () => {
    const rows = await runJson<readonly Row[]>("operator", "list", ...organisation);
    return rows[0]?.status === "locked" ? true : undefined;
  });
  assert.equal((await onOperator("unlock"))["status"], "active");
  const notLocked = await admin("operator", "unlock", "paymentsapi", ...organisation);
  assert.match(notLocked.stderr, /is not locked\. It is active\.\n$/);
  await payOut("live-2", "paymentsapi", password);
  await waitForUtility(before - 20);

  const renew = ["operator", "renew-password", "paymentsapi", ...organisation];
  const chosen = await runWithInput("Chosen-by-Wanjiku-1\n", ...renew, "--password-stdin", "--json");
  assert.equal(chosen.code, 0, chosen.stderr);
  assert.doesNotMatch(chosen.stdout, /Chosen/);
  assert.equal((await runWithInput("short", ...renew, "--password-stdin")).code, 2);
  await payOut("live-3", "paymentsapi", "Chosen-by-Wanjiku-1");
  await waitForUtility(before - 30);

  const suspended = await onOperator("change", "--role", "account_balance", "--status", "suspended");
  assert.deepEqual([suspended.roles, suspended["status"]], [["account_balance"], "suspended"]);
  assert.equal((await admin("operator", "change", "paymentsapi", ...organisation)).code, 2);
  const unknown = await admin("operator", "list", ...inMarket, "--shortcode", "999999");
  assert.match(unknown.stderr, /safaricomKEN has no organisation 999999\.\n$/);
});

test("an application gets and loses products, and acts for other organisations", async () => {
  const [application] = await runJson<readonly { readonly id: string }[]>("application", "list");
  const change = (...args: string[]) =>
    runJson<{ readonly products: readonly string[]; readonly shortcodes: readonly string[] }>(
      "application",
      "change",
      application?.id ?? "",
      ...args,
    );
  const askBalance = (token: string) =>
    client.post("/mpesa/accountbalance/v1/query", { CommandID: "AccountBalance" }, { token });
  const oldToken = await client.getToken();
  const added = await change("--add-product", "darajaBalance", "--remove-product", "darajaC2bV2");
  assert.deepEqual(added.products.toSorted(), ["darajaB2c", "darajaBalance", "darajaExpress"]);
  assert.equal((await askBalance(oldToken)).body["errorCode"], "401.002.01");
  await waitFor("the product", async () => {
    const { body } = await askBalance(await client.getToken());
    return body["errorCode"] === "400.002.02" ? true : undefined;
  });
  await runJson("organisation", "create", ...inMarket, "--shortcode", "600124", "--name", "Tawi");
  const both = await change("--shortcode", "600123,600124", "--add-product", "darajaC2bV2");
  assert.deepEqual(both.shortcodes, ["600123", "600124"]);
  assert.equal((await admin("application", "change", application?.id ?? "")).code, 2);
  const unknown = await admin("application", "change", application?.id ?? "", "--shortcode", "999999");
  assert.match(unknown.stderr, /No market has an organisation 999999/);
});

test("settings are changed, and registered URLs are removed so that others can be registered", async () => {
  const set = ["organisation", "set", ...organisation];
  await runJson(...set, "--external-validation", "on", "--confirmation-msisdn", "plain");
  await runJson(...set, "--nominated-number", "0722 123 456", "--utility-to-working", "on");
  const output = await readOrganisation();
  assert.deepEqual(
    [
      output.externalValidation,
      output.confirmationMsisdn,
      output.nominatedNumber,
      output.utilityToWorkingAllowed,
    ],
    [true, "plain", customer, true],
  );
  await runJson(...set, "--confirmation-msisdn", "default", "--nominated-number", "none", "--stk", "off");
  assert.deepEqual(
    [(await readOrganisation()).confirmationMsisdn, (await readOrganisation()).nominatedNumber],
    [null, null],
  );
  const sign = signStk(shortcode, undefined, passkey);
  const push = await client.push({ ...sign, PartyB: shortcode, CallBackURL: "https://shop.example/x" });
  assert.equal(push.body["errorMessage"], "Merchant does not exist", push.text);
  assert.equal((await admin(...set)).code, 2);

  const register = (host: string) =>
    client.post("/mpesa/c2b/v2/registerurl", {
      ShortCode: shortcode,
      ResponseType: "Completed",
      ConfirmationURL: `https://${host}/confirmation`,
      ValidationURL: `https://${host}/validation`,
    });
  assert.equal((await register("one.example")).body["ResponseCode"], "0");
  assert.equal((await register("two.example")).body["errorMessage"], "Urls are already registered.");
  assert.equal((await readOrganisation()).urls?.confirmationUrl, "https://one.example/confirmation");
  await runJson("organisation", "remove-urls", ...organisation);
  assert.equal((await register("two.example")).body["ResponseCode"], "0");
  assert.equal((await readOrganisation()).urls?.confirmationUrl, "https://two.example/confirmation");
});

test("the audit log has who did what, and no secret", async () => {
  const { stdout } = await admin("audit", "--json");
  const rows = JSON.parse(stdout) as readonly { readonly who: string; readonly what: string }[];
  const byAsha = new Set(rows.filter(({ who }) => who === "asha").map(({ what }) => what));
  for (const what of [
    "organisation renew-passkey",
    "organisation set",
    "organisation remove-urls",
    "operator create",
    "operator change",
    "application change",
  ])
    assert(byAsha.has(what), what);
  assert(rows.some(({ what }) => what === "operator renew-password"));
  assert(!stdout.includes(passkey) && !stdout.includes("Chosen"));
});
