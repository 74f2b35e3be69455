/** Enrols a live handset: the admin command creates a secret, and a device uses it on the handset page. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Installation } from "../../../../test/support/installation.ts";

test("an enrolment secret works once, and a newer enrolment replaces the device", async () => {
  await using installation = new Installation({ LIVE_HANDSETS: "built-in" });
  const { gateway } = await installation.start();
  const market = ["--market", "vodacomTZN"];
  const number = "255750000042";
  const enrolHandset = (...args: string[]) =>
    installation.runCommand("admin", "customer", "enrol-handset", number, ...market, ...args);

  const tooEarly = await enrolHandset();
  assert.equal(tooEarly.code, 1);
  assert.match(tooEarly.stderr, /Register the customer first/);
  const names = ["--first-name", "Salma", "--last-name", "Mushi"];
  const created = await installation.runCommand(
    "admin",
    "customer",
    "create",
    ...market,
    "--msisdn",
    number,
    ...names,
  );
  assert.equal(created.code, 0, created.stderr);

  const first = await enrolHandset("--json", "--pin", "2468");
  assert.equal(first.code, 0, first.stderr);
  const { secret, pin, page } = JSON.parse(first.stdout) as Record<"secret" | "pin" | "page", string>;
  assert.deepEqual([pin, page], ["2468", `/handset/live/vodacomTZN/${number}`]);
  const enrol = (enrolmentSecret: string) =>
    fetch(`${gateway}${page}/enrol`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ secret: enrolmentSecret }),
    });
  const enrolled = await enrol(secret);
  assert.equal(enrolled.status, 200);
  assert.equal((await enrol(secret)).status, 401);
  const cookie = enrolled.headers.get("set-cookie")?.split(";")[0] ?? "";
  const headers = { cookie, "content-type": "application/json" };
  const press = async (body: object) => {
    const response = await fetch(`${gateway}${page}/ussd`, {
      method: "POST",
      headers,
      body: JSON.stringify(body),
    });
    return (await response.json()) as Record<"session" | "text", string>;
  };
  const menu = await press({ input: "*150*00#" });
  const pinPrompt = await press({ session: menu.session, input: "1" });
  assert.match((await press({ session: pinPrompt.session, input: "2468" })).text, /balance:\nTZS 0\.00/);

  const second = await enrolHandset();
  assert.match(second.stdout, /Secret {5}\S+ .*\n {2}Start PIN {2}\d{6} /);
  assert.equal((await fetch(`${gateway}${page}/events`, { headers: { cookie } })).status, 401);

  const audit = await installation.runCommand("admin", "audit", "--json");
  assert.match(audit.stdout, /customer enrol-handset/);
  for (const sensitive of [secret, "2468"])
    assert(!audit.stdout.includes(sensitive), "the audit log contains no secrets");
  const inSandbox = await enrolHandset("--environment", "sandbox");
  assert.equal(inSandbox.code, 2);
});
