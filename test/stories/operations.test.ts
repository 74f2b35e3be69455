/** What an operator does with and without a running server: prove, back up, restore, administer. */
import assert from "node:assert/strict";
import { copyFileSync, existsSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { callServer, Installation, createSession, type SandboxJson } from "../support/installation.ts";
import { createReference } from "../support/sandbox.ts";

function buildPayment(sandboxJson: SandboxJson): Record<string, string> {
  return {
    input_Amount: "10",
    input_CustomerMSISDN: sandboxJson.openapi.markets.vodacomTZN.customers[0] ?? "",
    input_Country: "TZN",
    input_Currency: "TZS",
    input_ServiceProviderCode: "000000",
    input_TransactionReference: "T12344C",
    input_ThirdPartyConversationID: createReference(),
    input_PurchasedItemsDesc: "Shoes",
  };
}

const pay = (sandboxJson: SandboxJson, session: string) =>
  callServer(sandboxJson, "POST", "c2bPayment/singleStage/", {
    key: session,
    fields: buildPayment(sandboxJson),
  });

/** Pays until it is stopped; returns the number of acknowledged payments. */
function payContinuously(sandboxJson: SandboxJson, session: string): () => Promise<number> {
  const stopping = new AbortController();
  const clients = Array.from({ length: 4 }, async () => {
    let paid = 0;
    while (!stopping.signal.aborted) {
      assert.equal((await pay(sandboxJson, session)).status, 201);
      paid += 1;
    }
    return paid;
  });
  return async () => {
    stopping.abort();
    return (await Promise.all(clients)).reduce((sum, paid) => sum + paid, 0);
  };
}

test("a backup under load, restored elsewhere, passes prove and has the keys, sessions and payments", async (t) => {
  await using installation = new Installation();
  await using other = new Installation();
  const file = join(installation.folder, "pesarail.backup");
  const sandboxJson = await installation.start();
  const session = await createSession(sandboxJson);
  const old = (await pay(sandboxJson, session)).body["output_TransactionID"] ?? "";

  await t.test("prove and backup work while the server runs", async () => {
    const stop = payContinuously(sandboxJson, session);
    const proof = await installation.runCommand("prove", "--json");
    assert.equal(proof.code, 0, proof.stderr + proof.stdout);
    assert.equal((JSON.parse(proof.stdout) as { holds: boolean }).holds, true);
    const backup = await installation.runCommand("backup", file);
    assert((await stop()) > 0);
    assert.equal(backup.code, 0, backup.stderr);
    assert.match(backup.stderr, /SECRET_KEY is NOT in the file/);
    assert.equal(statSync(file).mode & 0o777, 0o600);
  });

  await t.test("a backup replaces no file, and a restore replaces no running server", async () => {
    assert.match((await installation.runCommand("backup", file)).stderr, /already exists/);
    const restore = await installation.runCommand("restore", file, "--replace");
    assert.equal(restore.code, 1);
    assert.match(restore.stderr, /in use by process \d+\. Stop it first\.\n$/);
  });

  await t.test("a damaged, truncated or missing file changes nothing", async () => {
    const damaged = join(installation.folder, "damaged");
    copyFileSync(file, damaged);
    const bytes = readFileSync(damaged);
    bytes.writeUInt8(bytes.readUInt8(bytes.length >> 1) ^ 1, bytes.length >> 1);
    writeFileSync(damaged, bytes);
    assert.match((await other.runCommand("restore", damaged)).stderr, /damaged or incomplete/);
    truncateSync(damaged, bytes.length - 1000);
    assert.match((await other.runCommand("restore", damaged)).stderr, /damaged or incomplete/);
    writeFileSync(damaged, "this is not a backup, but it is long enough to be read as one");
    assert.match((await other.runCommand("restore", damaged)).stderr, /is not a backup/);
    assert.match(
      (await other.runCommand("restore", join(installation.folder, "none"))).stderr,
      /Cannot read .* \(ENOENT\)/,
    );
    assert(!existsSync(other.dataDir), "nothing was created");
  });

  await installation.stop();

  await t.test("prove works without a server, and leaves none running", async () => {
    const proof = await installation.runCommand("prove");
    assert.equal(proof.code, 0, proof.stderr);
    assert.match(proof.stdout, /All invariants hold: \d+ checked, \d+ payments/);
    assert.match(proof.stderr, /Stopping PostgreSQL\./);
  });

  await t.test("it is restored into an empty folder", async () => {
    const restored = await other.runCommand("restore", file);
    assert.equal(restored.code, 0, restored.stderr);
    assert.match(restored.stdout, /All invariants hold/);
    assert.match(restored.stderr, /SECRET_KEY is MISSING/);
  });

  await t.test("existing data is replaced only with --replace", async () => {
    const refused = await other.runCommand("restore", file);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /exists already\. To replace its data, add --replace/);
    writeFileSync(join(other.dataDir, "secret.key"), `${"ab".repeat(32)}\n`);
    const wrongKey = await other.runCommand("restore", file, "--replace");
    assert.match(wrongKey.stderr, /SECRET_KEY is not the key/);
    copyFileSync(join(installation.dataDir, "secret.key"), join(other.dataDir, "secret.key"));
    const replaced = await other.runCommand("restore", file, "--replace", "--only", "sandbox_vodacomTZN");
    assert.equal(replaced.code, 0, replaced.stderr);
  });

  await t.test("with the same secret key, existing keys and sessions still work", async () => {
    const restoredJson = await other.start();
    assert.equal(restoredJson.openapi.apiKey, sandboxJson.openapi.apiKey);
    assert.equal(restoredJson.openapi.publicKey, sandboxJson.openapi.publicKey);
    assert.equal((await pay(restoredJson, session)).status, 201);
    const fields = {
      input_QueryReference: old,
      input_ServiceProviderCode: "000000",
      input_ThirdPartyConversationID: createReference(),
      input_Country: "TZN",
    };
    const queried = await callServer(restoredJson, "GET", "queryTransactionStatus/", {
      key: await createSession(restoredJson),
      fields,
    });
    assert.equal(queried.body["output_ResponseTransactionStatus"], "Completed", JSON.stringify(queried.body));
    assert.equal((await other.runCommand("prove")).code, 0);
  });

  await t.test("a backup that contains the key needs no other", async () => {
    await using third = new Installation();
    const whole = join(installation.folder, "whole.backup");
    const backup = await other.runCommand("backup", whole, "--with-secret-key");
    assert.match(backup.stderr, /SECRET_KEY IS in the file/);
    assert.equal((await third.runCommand("restore", whole)).code, 0);
    const restoredJson = await third.start();
    assert.equal((await pay(restoredJson, session)).status, 201);
  });
});

test("an operator sets up a live market by hand", async (t) => {
  await using installation = new Installation();
  const sandboxJson = await installation.start();
  const admin = (...args: string[]) => installation.runCommand("admin", ...args);
  const runJson = async (...args: string[]) => {
    const result = await admin(...args, "--json");
    assert.equal(result.code, 0, result.stderr);
    return JSON.parse(result.stdout) as Record<string, string>;
  };
  const inMarket = ["--market", "vodacomTZN"];
  const organisation = [...inMarket, "--shortcode", "123456"];
  const amina = [...inMarket, "--msisdn", "255751234567"];

  await t.test("organisations and customers are created once", async () => {
    const create = ["organisation", "create", ...organisation, "--name", "Duka Jipya", "--by", "asha"];
    assert.equal((await runJson(...create))["created"], true);
    assert.equal((await runJson(...create))["created"], false);
    const renamed = await admin("organisation", "create", ...organisation, "--name", "Duka Lingine");
    assert.equal(renamed.code, 1);
    assert.match(renamed.stderr, /already registered in vodacomTZN, as Duka Jipya\.\n$/);
    await runJson(
      "customer",
      "create",
      ...amina,
      "--first-name",
      "Amina",
      "--last-name",
      "Juma",
      "--answer",
      "approve",
    );
  });

  await t.test("deposits are posted, and only once with --once", async () => {
    const deposit = [
      "organisation",
      "deposit",
      ...organisation,
      "--amount",
      "100.00",
      "--reason",
      "Slip 4711",
      "--once",
      "4711",
    ];
    assert.equal((await runJson(...deposit))["balance"], "100.00");
    assert.equal((await runJson(...deposit))["balance"], "100.00");
    assert.equal(
      (await runJson("customer", "deposit", ...amina, "--amount", "50", "--reason", "Cash"))["balance"],
      "50.00",
    );
    const unknown = await admin(
      "organisation",
      "deposit",
      ...inMarket,
      "--shortcode",
      "999999",
      "--amount",
      "1",
      "--reason",
      "x",
    );
    assert.equal(unknown.code, 1);
  });

  await t.test("an application pays live with the printed key", async () => {
    const made = await runJson(
      "application",
      "create",
      "--name",
      "Shop",
      "--shortcode",
      "123456",
      "--product",
      "c2bSingle",
    );
    const publicKey = (await runJson("keys"))["publicKey"] ?? "";
    assert.equal(made["publicKey"], publicKey);
    const environment = "openapi" as const;
    const session = await callServer(sandboxJson, "GET", "getSession/", {
      key: made["apiKey"] ?? "",
      environment,
      publicKey,
    });
    assert.equal(session.status, 200, JSON.stringify(session.body));
    const fields = {
      ...buildPayment(sandboxJson),
      input_CustomerMSISDN: "255751234567",
      input_ServiceProviderCode: "123456",
    };
    const key = session.body["output_SessionID"] ?? "";
    const paid = await callServer(sandboxJson, "POST", "c2bPayment/singleStage/", {
      key,
      environment,
      publicKey,
      fields,
    });
    assert.equal(paid.status, 201, JSON.stringify(paid.body));

    const statement = await admin("statement", ...inMarket, "--owner", "123456");
    assert.match(statement.stdout, /collection\s+255751234567 \(wallet\)\s+10\.00\s+110\.00/);
    assert.match(statement.stdout, new RegExp(paid.body["output_TransactionID"] ?? "-"));

    await runJson(
      "application",
      "limit",
      `${made["id"]}`,
      "--product",
      "c2bSingle",
      "--single-value",
      "5.00",
    );
    const details = await runJson("application", "show", `${made["id"]}`);
    assert.deepEqual(details["products"], { c2bSingle: { limits: { singleValue: "5.00" } } });
    const renewed = await runJson("application", "renew-key", `${made["id"]}`);
    assert.notEqual(renewed["apiKey"], made["apiKey"]);
    assert(Date.parse(`${renewed["previousUntil"]}`) > Date.now() + 23 * 3_600_000);
    const ended = await runJson("application", "renew-key", `${made["id"]}`, "--end-sessions");
    assert.equal(ended["previousUntil"], null, "who ends the sessions wants the old key to end too");
    await runJson("application", "revoke", `${made["id"]}`);
    assert.match((await admin("application", "list")).stdout, /Shop .* revoked/);
  });

  await t.test("the audit log lists who did what, and no key", async () => {
    const { stdout } = await admin("audit");
    assert.match(stdout, /asha\s+organisation create/);
    assert.match(stdout, /application renew-key/);
    assert.doesNotMatch(stdout, /[0-9A-Za-z]{32}/);
    assert.equal((await installation.runCommand("prove")).code, 0);
  });

  await t.test("wrong usage exits with 2, and names the correct usage", async () => {
    const wrong: readonly (readonly [readonly string[], RegExp])[] = [
      [["organisation", "create", ...inMarket, "--name", "X"], /required option '--shortcode/],
      [
        ["organisation", "create", "--market", "mars", "--shortcode", "123456", "--name", "X"],
        /must be one of vodafoneGHA/,
      ],
      [
        [
          "customer",
          "create",
          ...inMarket,
          "--msisdn",
          "254751234567",
          "--first-name",
          "A",
          "--last-name",
          "B",
        ],
        /begin with 255/,
      ],
      [
        ["organisation", "deposit", ...organisation, "--amount", "1.005", "--reason", "x"],
        /not a valid amount of TZS/,
      ],
      [["application", "create", "--name", "Y", "--shortcode", "123456"], /Choose the allowed products/],
    ];
    for (const [args, expected] of wrong) {
      const result = await admin(...args);
      assert.equal(result.code, 2, args.join(" "));
      assert.match(result.stderr, expected);
    }
    assert.equal((await installation.runCommand("bench", "--nonsense")).code, 2);
    assert.match((await installation.runCommand("bench", "--help")).stdout, /--connections <list>/);
  });
});
