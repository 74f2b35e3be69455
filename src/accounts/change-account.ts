/** Changes of an account: another password, by a link or by the old one, and another address. */
import { msPerHour } from "../core/clock.ts";
import { sandboxDeveloper } from "../developers/sandbox-developer.ts";
import { renderAccountExistsMail } from "../mail/account-exists-mail.ts";
import { renderEmailChangeMail } from "../mail/email-change-mail.ts";
import { renderResetMail } from "../mail/reset-mail.ts";
import { renderSecurityMail } from "../mail/security-mail.ts";
import { insertAudit } from "../store/main/audit.ts";
import { lockAccount, readAccountByEmail, updatePassword } from "../store/main/developer-accounts.ts";
import { deleteSessions } from "../store/main/developer-sessions.ts";
import { updateDeveloperEmail } from "../store/main/developers.ts";
import {
  countTokenAttempt,
  deleteTokensByEmail,
  deleteTokensOfDeveloper,
  insertToken,
  takeToken,
} from "../store/main/one-time-tokens.ts";
import type { AccountDeps, AccountLinks } from "./account-deps.ts";
import { hashPassword } from "./passwords.ts";
import { createToken, hashToken } from "./tokens.ts";

const linkLifeMs = msPerHour;
const maxAttempts = 5;

/** Sends a link if the address has an account. The response is the same without one, and comes before either. */
export function requestReset(
  { sql, background, mailer }: AccountDeps,
  links: AccountLinks,
  email: string,
): void {
  background.add(async () => {
    if (email === sandboxDeveloper.email) return;
    const account = await readAccountByEmail(sql, email);
    if (account === undefined) return;
    const token = createToken();
    await deleteTokensByEmail(sql, ["reset"], email);
    await insertToken(sql, {
      hash: hashToken(token),
      purpose: "reset",
      developerId: account.developerId,
      email,
      details: {},
      lifeMs: linkLifeMs,
    });
    await mailer.send({ to: email, ...renderResetMail({ name: account.name, url: links.reset(token) }) });
  });
}

/** Sets another password by a link. All sessions end, and so do other links. The second factor stays. */
export async function resetPassword(
  deps: AccountDeps,
  links: AccountLinks,
  token: string,
  password: string,
): Promise<boolean> {
  const passwordHash = await hashPassword(password);
  const changed = await deps.sql.begin(async (tx) => {
    const row = await takeToken(tx, "reset", hashToken(token));
    if (row?.developerId == null) return null;
    const account = await lockAccount(tx, row.developerId);
    // The account has got another address since the link was sent.
    if (account === undefined || account.email !== row.email) return null;
    await updatePassword(tx, account.developerId, passwordHash);
    await deleteSessions(tx, account.developerId, null);
    await deleteTokensOfDeveloper(tx, account.developerId);
    await insertAudit(tx, { who: account.email.slice(0, 100), what: "account reset-password", details: {} });
    return account;
  });
  if (changed === null) return false;
  notifyPasswordChanged(deps, links, changed);
  return true;
}

/** Sets another password. The caller has checked the old one. Other sessions end. */
export async function changePassword(
  deps: AccountDeps,
  links: AccountLinks,
  { developerId, password, sessionId }: { developerId: bigint; password: string; sessionId: bigint | null },
): Promise<void> {
  const passwordHash = await hashPassword(password);
  const account = await deps.sql.begin(async (tx) => {
    const row = await lockAccount(tx, developerId);
    if (row === undefined) return null;
    await updatePassword(tx, developerId, passwordHash);
    await deleteSessions(tx, developerId, sessionId);
    await deleteTokensOfDeveloper(tx, developerId);
    await insertAudit(tx, { who: row.email.slice(0, 100), what: "account change-password", details: {} });
    return row;
  });
  if (account !== null) notifyPasswordChanged(deps, links, account);
}

function notifyPasswordChanged(
  { background, mailer }: AccountDeps,
  links: AccountLinks,
  { email, name }: { readonly email: string; readonly name: string },
): void {
  const content = renderSecurityMail("passwordChanged", { name, url: links.forgotPassword() });
  background.add(() => mailer.send({ to: email, ...content }));
}

/** Sends a link to the new address. The caller has checked the password. */
export function requestEmailChange(
  { sql, background, mailer }: AccountDeps,
  links: AccountLinks,
  { developerId, email }: { readonly developerId: bigint; readonly email: string },
): void {
  background.add(async () => {
    if (email === sandboxDeveloper.email) return;
    const account = await readAccountByEmail(sql, email);
    if (account !== undefined) {
      await mailer.send({
        to: email,
        ...renderAccountExistsMail({ name: account.name, url: links.signIn() }),
      });
      return;
    }
    const token = createToken();
    await insertToken(sql, {
      hash: hashToken(token),
      purpose: "email_change",
      developerId,
      email,
      details: {},
      lifeMs: linkLifeMs,
    });
    await mailer.send({ to: email, ...renderEmailChangeMail({ url: links.confirmEmail(token) }) });
  });
}

export type EmailChange = "changed" | "link_ended" | "address_taken";

/** Changes the address of the developer who is signed in: a link that another person has opens nothing. */
export async function confirmEmailChange(
  { sql, background, mailer }: AccountDeps,
  links: AccountLinks,
  token: string,
  developerId: bigint,
): Promise<EmailChange> {
  const tokenHash = hashToken(token);
  const row = await countTokenAttempt(sql, "email_change", tokenHash, maxAttempts);
  if (row?.developerId !== developerId) return "link_ended";
  const result = await sql.begin(async (tx) => {
    const taken = await takeToken(tx, "email_change", tokenHash);
    const account = await lockAccount(tx, developerId);
    if (taken === undefined || account === undefined) return { outcome: "link_ended" as const };
    if (!(await updateDeveloperEmail(tx, developerId, taken.email)))
      return { outcome: "address_taken" as const };
    await deleteTokensOfDeveloper(tx, developerId);
    const details = { email: taken.email };
    await insertAudit(tx, { who: account.email.slice(0, 100), what: "account change-email", details });
    return { outcome: "changed" as const, account, email: taken.email };
  });
  if (result.outcome === "changed") {
    const { account, email } = result;
    const content = renderSecurityMail(
      { newEmail: email },
      { name: account.name, url: links.forgotPassword() },
    );
    background.add(() => mailer.send({ to: account.email, ...content }));
  }
  return result.outcome;
}
