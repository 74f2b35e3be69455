/** The mails of a sandbox without SMTP, as the page `/mailbox` lists them. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { createMailer } from "../../src/mail/mailer.ts";
import { testSecretKey } from "./cluster.ts";
import type { TestSandbox } from "./sandbox.ts";

export interface ReceivedMail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  /** The link of the mail; empty if it has none. */
  readonly link: string;
  /** The token of the link. */
  readonly token: string;
}

/** The mails to an address, the newest first. Mails are sent after responses: `waitForMail` waits for one. */
export async function readMails({ stores }: TestSandbox, to: string): Promise<ReceivedMail[]> {
  const mailer = createMailer({
    sql: stores.main,
    secretKey: testSecretKey,
    sendMail: null,
    onError: () => {},
  });
  const mails = await mailer.list(500);
  return mails
    .filter((mail) => mail.to === to)
    .map(({ subject, text }) => {
      const link = /^https?:\S+$/m.exec(text)?.[0] ?? "";
      return { to, subject, text, link, token: link.split("#")[1] ?? "" };
    });
}

/** Resolves with the newest mail to the address: when there are so many of them, or one of this kind. */
export async function waitForMail(
  sandbox: TestSandbox,
  to: string,
  wanted: number | ((mail: ReceivedMail) => boolean) = 1,
): Promise<ReceivedMail> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const mails = await readMails(sandbox, to);
    const mail =
      typeof wanted === "number" ? mails[mails.length >= wanted ? 0 : mails.length] : mails.find(wanted);
    if (mail !== undefined) return mail;
    assert(Date.now() < deadline, `${to} has ${mails.length} mails, and not the one that is awaited`);
    await sleep(20);
  }
}
