/** Mails by a real SMTP connection, and what happens while the server refuses them. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "node:test";
import { callPortal, toPageHeaders } from "../support/developers.ts";
import { createTestSandbox, type TestSandbox } from "../support/sandbox.ts";
import { startSmtpServer, type SmtpServer } from "../support/smtp-server.ts";

const password = "correct horse battery";

const createMailingSandbox = (smtp: SmtpServer): Promise<TestSandbox> =>
  createTestSandbox({
    portal: {
      localTools: false,
      smtpUrl: smtp.url,
      mailFrom: "Pesarail <portal@example.com>",
      publicUrl: "https://pay.example.com",
    },
  });

const register = (sandbox: TestSandbox, email: string) =>
  callPortal(sandbox, toPageHeaders(sandbox), "POST", "/account/register", {
    email,
    name: "<b>Neema</b>",
    password,
  });

const countMails = async ({ stores }: TestSandbox): Promise<number> =>
  (await stores.main`select 1 from mails`).length;

test("with SMTP, registration is open without the local tools, and a link has the public address", async () => {
  await using smtp = await startSmtpServer();
  await using sandbox = await createMailingSandbox(smtp);
  const session = await callPortal(sandbox, toPageHeaders(sandbox), "GET", "/session");
  assert.deepEqual([session.body.canRegister, session.body.hasMailbox], [true, false]);
  assert.equal((await register(sandbox, "neema@example.com")).status, 204);
  const { from, to, data } = await smtp.waitForMail(1);
  assert.deepEqual([from, to], ["portal@example.com", ["neema@example.com"]]);
  assert.match(data, /^Subject: Activate your Pesarail account$/m);
  assert.doesNotMatch(
    data,
    /Neema/,
    "an address that is not confirmed gets no text of the person who entered it",
  );
  const text = data.replaceAll(/=\n/g, "").replaceAll("=3D", "=");
  const [, token] = /https:\/\/pay\.example\.com\/app\/activate#([\w-]{43})$/m.exec(text) ?? [];
  const activated = await callPortal(sandbox, toPageHeaders(sandbox), "POST", "/account/activate", {
    token,
    password,
  });
  assert.equal(activated.status, 200, text);
  while ((await countMails(sandbox)) > 0) await sleep(20);
});

test("a mail that the server refuses for now is sent later, once", async () => {
  await using smtp = await startSmtpServer();
  await using sandbox = await createMailingSandbox(smtp);
  smtp.refusals = 1;
  await register(sandbox, "neema@example.com");
  while (smtp.refusals > 0) await sleep(20);
  assert.equal(await countMails(sandbox), 1, "it waits");
  const [row] = await sandbox.stores.main<{ sealed: Buffer }[]>`select sealed from mails`;
  assert.doesNotMatch(
    row?.sealed.toString("latin1") ?? "",
    /activate/,
    "its link is not readable in the table",
  );
  await sandbox.stores.main`update mails set lease_until = '-infinity'`;
  // The next mail starts a turn, which sends the earlier one first.
  await register(sandbox, "amina@example.com");
  const [first, second] = [await smtp.waitForMail(1), await smtp.waitForMail(2)];
  assert.deepEqual([first.to, second.to], [["neema@example.com"], ["amina@example.com"]]);
  while ((await countMails(sandbox)) > 0) await sleep(20);
  assert.equal(smtp.mails.length, 2);
});
