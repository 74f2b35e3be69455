/** Fields of the routes about accounts, and what these routes share. */
import type { FastifyRequest } from "fastify";
import { Type } from "typebox";
import { normalizeEmail, type AccountLinks } from "../../accounts/account-deps.ts";
import { maxPasswordLength, minPasswordLength } from "../../accounts/passwords.ts";
import type { SessionClient } from "../../accounts/sessions.ts";
import { plainText } from "../../core/fields.ts";
import { isLocalPage } from "../../http/local-page.ts";
import { ApiError } from "../api-error.ts";
import type { Developer, PortalDeps } from "./route.ts";

export const emailField = Type.String({
  pattern: '^\\s*[^\\s@<>"(),:;\\u0000-\\u001f]{1,64}@[A-Za-z0-9.-]{1,180}\\.[A-Za-z0-9-]{2,60}\\s*$',
  maxLength: 250,
  description: "An e-mail address.",
});

export const nameField = plainText("What you are called, up to 80 characters.", 80);

export const newPassword = Type.String({
  minLength: minPasswordLength,
  maxLength: maxPasswordLength,
  description: `A password of ${minPasswordLength} to ${maxPasswordLength} characters.`,
});

/** A password that is compared only: it may be of a time with other rules. */
export const password = Type.String({
  minLength: 1,
  maxLength: maxPasswordLength,
  description: "The password.",
});

export const linkToken = Type.String({
  pattern: "^[0-9A-Za-z_-]{43}$",
  description: "The token of a link from a mail.",
});

export const code = Type.String({
  minLength: 6,
  maxLength: 40,
  description: "A code of the authenticator app, or a recovery code.",
});

export const linkEnded = "The link has ended: it works once, and for a limited time.";
export const wrongPassword = "The password is wrong.";
export const seededAccount =
  "The sandbox's own developer has no account of their own. Sign in with another account.";

/** The texts of a password that is too easy to guess; null for one that is accepted. */
export function assertGoodPassword(
  text: string,
  { email, name }: { readonly email: string; readonly name: string },
): void {
  const lower = text.toLowerCase();
  const isOneCharacter = new Set(lower).size < 4;
  const isAddress = lower === email || lower === name.toLowerCase();
  if (isOneCharacter || isAddress || commonPasswords.has(lower))
    throw new ApiError(400, "password: it is too easy to guess. Choose another one.");
}

/** Of ten characters or more, those that are tried first. */
const commonPasswords: ReadonlySet<string> = new Set([
  "1234567890",
  "0123456789",
  "12345678910",
  "password12",
  "password123",
  "password1234",
  "qwertyuiop",
  "1q2w3e4r5t",
  "iloveyou12",
  "administrator",
  "safaricom1",
  "safaricom123",
  "vodacom123",
  "mpesa12345",
]);

/**
 * Whether mails of this request reach someone: by SMTP, or because the mailbox is on the same machine as the browser.
 */
export const canSendMail = (request: FastifyRequest, { localTools, accounts }: PortalDeps): boolean =>
  accounts.mailer.sendsBySmtp || (localTools && isLocalPage(request));

export const registrationClosed =
  "Registration is closed, because this server sends no e-mail: its operator has not set SMTP_URL.";

/** Throws 403. */
export function assertMail(request: FastifyRequest, deps: PortalDeps): void {
  if (!canSendMail(request, deps)) throw new ApiError(403, registrationClosed);
}

/** Throws 403 for the sandbox's own developer, whose password is in `sandbox.json`. */
export function assertOwnAccount({ isLocal }: Developer): void {
  if (isLocal) throw new ApiError(403, seededAccount);
}

export const toClient = (request: FastifyRequest): SessionClient => ({
  address: request.ip,
  userAgent: request.headers["user-agent"] ?? "",
});

/** The links of mails. `Host` is one that the server accepts (`access-control.ts`). */
export function createLinks({ protocol, host }: FastifyRequest, { publicUrl }: PortalDeps): AccountLinks {
  const base = `${publicUrl ?? `${protocol}://${host}`}/app`;
  return {
    activate: (token) => `${base}/activate#${token}`,
    reset: (token) => `${base}/reset#${token}`,
    confirmEmail: (token) => `${base}/profile#${token}`,
    signIn: () => `${base}/sign-in`,
    forgotPassword: () => `${base}/reset`,
  };
}

export { normalizeEmail };
