/** Sends mails by SMTP. The library is loaded with the first mail, because most servers send none. */
import { msPerSecond } from "../core/clock.ts";
import type { Mail } from "./mail.ts";

export interface SmtpOptions {
  /** `smtp://` or `smtps://`, with user and password. */
  readonly url: string;
  readonly from: string;
}

export type SendMail = (mail: Mail) => Promise<void>;

/** Of each step: to connect, to be greeted, and to get a reply. */
const timeoutMs = 15 * msPerSecond;

export function createSmtpSender({ url, from }: SmtpOptions): SendMail {
  return async ({ to, subject, text, html }) => {
    const { createTransport } = await import("nodemailer");
    const transport = createTransport({
      url,
      connectionTimeout: timeoutMs,
      greetingTimeout: timeoutMs,
      socketTimeout: timeoutMs,
      // A mail of ours has no attachments, so nothing may be read from a disk or another server.
      disableFileAccess: true,
      disableUrlAccess: true,
    });
    try {
      await transport.sendMail({ from, to, subject, text, html });
    } finally {
      transport.close();
    }
  };
}
