/** What the functions of accounts work on. */
import type { Mailer } from "../mail/mailer.ts";
import type { Sql } from "../store/driver/connect.ts";
import type { BackgroundWork } from "./background-work.ts";

export interface AccountDeps {
  readonly sql: Sql;
  /** Seals the secrets of one-time codes. */
  readonly secretKey: Buffer;
  readonly mailer: Mailer;
  readonly background: BackgroundWork;
  /** Wall time, in milliseconds since 1970. */
  readonly now: () => number;
}

/** Makes the links of mails. */
export interface AccountLinks {
  readonly activate: (token: string) => string;
  readonly reset: (token: string) => string;
  readonly confirmEmail: (token: string) => string;
  readonly signIn: () => string;
  readonly forgotPassword: () => string;
}

/** One spelling of each address, so that it has one account. */
export const normalizeEmail = (email: string): string => email.trim().toLowerCase();
