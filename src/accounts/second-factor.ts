/**
 * The second factor: one-time codes of an authenticator app, and recovery codes for a lost phone.
 *
 * A code is checked with the account's row locked, so that each of many guesses at the same time is counted, and that no
 * code is accepted twice. Ten wrong ones lock the second factor for an hour; who gets there knows the password.
 */
import { randomBytes, timingSafeEqual } from "node:crypto";
import { msPerHour } from "../core/clock.ts";
import { renderSecurityMail } from "../mail/security-mail.ts";
import type { Transaction } from "../store/driver/connect.ts";
import { insertAudit } from "../store/main/audit.ts";
import {
  acceptCode,
  disableSecondFactor,
  enableSecondFactor,
  lockAccount,
  recordWrongCode,
  updateTotpSecret,
  type DeveloperAccountRow,
} from "../store/main/developer-accounts.ts";
import { deleteSessions } from "../store/main/developer-sessions.ts";
import { seal, unseal } from "../vault/seal.ts";
import type { AccountDeps, AccountLinks } from "./account-deps.ts";
import { hashToken } from "./tokens.ts";
import { createTotpSecret, findTotpStep } from "./totp.ts";

const maxWrongCodes = 10;
const lockMs = msPerHour;
const recoveryCodeCount = 10;

const toPurpose = (developerId: bigint): string => `totp/${developerId}`;

export type CodeVerdict = "right" | "wrong" | "locked";

/** Checks a code of an account whose second factor is on. */
export function verifyCode(deps: AccountDeps, developerId: bigint, code: string): Promise<CodeVerdict> {
  return deps.sql.begin(async (tx): Promise<CodeVerdict> => {
    const account = await lockAccount(tx, developerId);
    return account?.secondFactorAt == null ? "wrong" : verifyLocked(deps, tx, account, code);
  });
}

async function verifyLocked(
  deps: AccountDeps,
  tx: Transaction,
  account: DeveloperAccountRow,
  code: string,
): Promise<CodeVerdict> {
  if (account.isLocked) return "locked";
  const { developerId, wrongCodes } = account;
  const step = findStep(deps, account, code);
  const recoveryCode = step === null ? findRecoveryCode(account, code) : null;
  if (step === null && recoveryCode === null) {
    await recordWrongCode(tx, developerId, wrongCodes + 1 >= maxWrongCodes ? lockMs : null);
    return "wrong";
  }
  await acceptCode(tx, developerId, { step, recoveryCode });
  return "right";
}

function findStep(
  { secretKey, now }: AccountDeps,
  { developerId, totpSecret, totpStep }: DeveloperAccountRow,
  code: string,
): number | null {
  const digits = code.replaceAll(/\s/g, "");
  if (totpSecret === null || !/^\d{6}$/.test(digits)) return null;
  const secret = unseal(secretKey, toPurpose(developerId), totpSecret);
  return findTotpStep(secret, digits, now(), Number(totpStep));
}

function findRecoveryCode({ recoveryCodes }: DeveloperAccountRow, code: string): Buffer | null {
  const hash = hashToken(normalizeRecoveryCode(code));
  return recoveryCodes.find((stored) => timingSafeEqual(stored, hash)) ?? null;
}

const normalizeRecoveryCode = (code: string): string => code.replaceAll(/[\s-]/g, "").toUpperCase();

/** Starts to turn the second factor on. Returns the secret for the app, which counts after a code confirms it. */
export async function startSecondFactor(
  { sql, secretKey }: AccountDeps,
  developerId: bigint,
): Promise<Buffer> {
  const secret = createTotpSecret();
  await updateTotpSecret(sql, developerId, seal(secretKey, toPurpose(developerId), secret));
  return secret;
}

/** Turns the second factor on. Returns the recovery codes, which are not stored; null for a wrong code. Other sessions end. */
export async function confirmSecondFactor(
  deps: AccountDeps,
  links: AccountLinks,
  { developerId, code, sessionId }: { developerId: bigint; code: string; sessionId: bigint | null },
): Promise<readonly string[] | null> {
  const codes = createRecoveryCodes();
  const account = await deps.sql.begin(async (tx) => {
    const row = await lockAccount(tx, developerId);
    if (row === undefined || row.secondFactorAt !== null || row.isLocked) return null;
    const step = findStep(deps, row, code);
    if (step === null) {
      await recordWrongCode(tx, developerId, row.wrongCodes + 1 >= maxWrongCodes ? lockMs : null);
      return null;
    }
    const recoveryCodes = codes.map((each) => hashToken(normalizeRecoveryCode(each)));
    await enableSecondFactor(tx, developerId, { step, recoveryCodes });
    await deleteSessions(tx, developerId, sessionId);
    await insertAudit(tx, { who: row.email.slice(0, 100), what: "account second-factor on", details: {} });
    return row;
  });
  if (account === null) return null;
  notify(deps, links, account, "secondFactorOn");
  return codes;
}

/** Turns the second factor off. The caller has checked the password. */
export async function removeSecondFactor(
  deps: AccountDeps,
  links: AccountLinks,
  developerId: bigint,
  code: string,
): Promise<CodeVerdict> {
  const result = await deps.sql.begin(async (tx) => {
    const row = await lockAccount(tx, developerId);
    if (row?.secondFactorAt == null) return { verdict: "wrong" as const, row: null };
    const verdict = await verifyLocked(deps, tx, row, code);
    if (verdict !== "right") return { verdict, row: null };
    await disableSecondFactor(tx, developerId);
    await insertAudit(tx, { who: row.email.slice(0, 100), what: "account second-factor off", details: {} });
    return { verdict, row };
  });
  if (result.row !== null) notify(deps, links, result.row, "secondFactorOff");
  return result.verdict;
}

function notify(
  { background, mailer }: AccountDeps,
  links: AccountLinks,
  { email, name }: DeveloperAccountRow,
  change: "secondFactorOn" | "secondFactorOff",
): void {
  background.add(() =>
    mailer.send({ to: email, ...renderSecurityMail(change, { name, url: links.forgotPassword() }) }),
  );
}

const letters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/** 80 random bits each, in four groups. */
function createRecoveryCodes(): string[] {
  return Array.from({ length: recoveryCodeCount }, () => {
    const text = [...randomBytes(16)].map((byte) => letters[byte & 31]).join("");
    return text.replaceAll(/(.{4})(?=.)/g, "$1-");
  });
}
