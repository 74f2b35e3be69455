/**
 * Keeps mails until they are sent: by SMTP if it is set up, and otherwise in the mailbox of the local tools.
 *
 * A mail is a row first, so that it survives a restart and an SMTP server that is away for some minutes.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { msPerDay, msPerMinute, msPerSecond } from "../core/clock.ts";
import { createPoller } from "../core/poller.ts";
import type { Sql } from "../store/driver/connect.ts";
import {
  claimMail,
  deleteMail,
  insertMail,
  readMailbox,
  readMailboxMail,
  type MailRow,
} from "../store/main/mails.ts";
import { seal, unseal } from "../vault/seal.ts";
import type { Mail } from "./mail.ts";
import type { SendMail } from "./smtp.ts";

export interface StoredMail extends Mail {
  readonly id: bigint;
  readonly createdAt: Date;
}

export interface Mailer {
  /** Whether mails leave this server. */
  readonly sendsBySmtp: boolean;
  send(mail: Mail): Promise<void>;
  /** The mails of the mailbox, the newest first. */
  list(limit: number): Promise<readonly StoredMail[]>;
  find(id: bigint): Promise<StoredMail | null>;
  close(): Promise<void>;
}

export interface MailerDeps {
  readonly sql: Sql;
  readonly secretKey: Buffer;
  /** Null: mails go to the mailbox. */
  readonly sendMail: SendMail | null;
  /** Gets what failed, without the mail. */
  readonly onError: (error: unknown) => void;
}

/** How old the mails of a mailbox get. */
export const maxMailAgeMs = 30 * msPerDay;
const purpose = "mail";
const maxAttempts = 5;
const leaseMs = 2 * msPerMinute;
const pollIntervalMs = 30 * msPerSecond;
const closeTimeoutMs = 5 * msPerSecond;

export function createMailer({ sql, secretKey, sendMail, onError }: MailerDeps): Mailer {
  const unsealMail = ({ id, sealed, createdAt }: MailRow): StoredMail => ({
    ...(JSON.parse(unseal(secretKey, purpose, sealed).toString("utf8")) as Mail),
    id,
    createdAt,
  });

  async function sendNext(send: SendMail): Promise<boolean> {
    const row = await claimMail(sql, leaseMs);
    if (row === undefined) return false;
    try {
      await send(unsealMail(row));
    } catch (error) {
      onError(error);
      // The lease ends later, and then it is tried again.
      if (row.attempts < maxAttempts) return true;
    }
    await deleteMail(sql, row.id);
    return true;
  }

  const poller =
    sendMail === null
      ? null
      : createPoller({ work: () => sendNext(sendMail), intervalMs: pollIntervalMs, onError });

  return {
    sendsBySmtp: sendMail !== null,
    async send(mail) {
      const sealed = seal(secretKey, purpose, Buffer.from(JSON.stringify(mail), "utf8"));
      await insertMail(sql, sealed, sendMail === null ? "mailbox" : "queued");
      poller?.notify();
    },
    list: async (limit) => (await readMailbox(sql, limit)).map(unsealMail),
    async find(id) {
      const row = await readMailboxMail(sql, id);
      return row === undefined ? null : unsealMail(row);
    },
    async close() {
      // A mail server that does not answer must not delay the stop. What was not sent is sent by the next start.
      await Promise.race([poller?.stop(), sleep(closeTimeoutMs, undefined, { ref: false })]);
    },
  };
}
