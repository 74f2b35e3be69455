/** Signing in: a password, and a code if the account's second factor is on. */
import { hash, timingSafeEqual } from "node:crypto";
import { msPerMinute } from "../core/clock.ts";
import { sandboxDeveloper } from "../developers/sandbox-developer.ts";
import { readAccount, readAccountByEmail } from "../store/main/developer-accounts.ts";
import { readDeveloperByEmail } from "../store/main/developers.ts";
import { countTokenAttempt, insertToken, takeToken } from "../store/main/one-time-tokens.ts";
import type { AccountDeps } from "./account-deps.ts";
import { isRightPassword } from "./passwords.ts";
import { verifyCode, type CodeVerdict } from "./second-factor.ts";
import { createSession, type SessionClient } from "./sessions.ts";
import { createToken, hashToken } from "./tokens.ts";

/** How long a person has between the password and the code. */
export const challengeLifeMs = 5 * msPerMinute;
const maxCodeAttempts = 5;

export type SignIn =
  /** The token of the session. */
  | { readonly outcome: "signed_in"; readonly token: string }
  /** The token of the second half, which opens nothing by itself. */
  | { readonly outcome: "second_factor"; readonly challenge: string }
  | { readonly outcome: "refused" };

export interface PasswordEntry {
  readonly email: string;
  readonly password: string;
}

/**
 * Checks a password. `localPassword` is that of the sandbox's own developer; null if the request may not have it. An unknown
 * address takes as long as a known one.
 */
export async function signIn(
  { sql }: AccountDeps,
  { email, password }: PasswordEntry,
  client: SessionClient,
  localPassword: string | null,
): Promise<SignIn> {
  const account = await readAccountByEmail(sql, email);
  const isSeeded = email === sandboxDeveloper.email;
  const isRight = await isRightPassword(password, isSeeded ? null : (account?.password ?? null));
  if (isSeeded) return signInLocally(sql, password, client, localPassword);
  if (!isRight || account === undefined) return { outcome: "refused" };
  const { developerId } = account;
  if (account.secondFactorAt === null)
    return { outcome: "signed_in", token: await createSession(sql, developerId, client) };
  const challenge = createToken();
  await insertToken(sql, {
    hash: hashToken(challenge),
    purpose: "second_factor",
    developerId,
    email,
    details: {},
    lifeMs: challengeLifeMs,
  });
  return { outcome: "second_factor", challenge };
}

async function signInLocally(
  sql: AccountDeps["sql"],
  password: string,
  client: SessionClient,
  localPassword: string | null,
): Promise<SignIn> {
  if (localPassword === null || !isEqualText(password, localPassword)) return { outcome: "refused" };
  const developer = await readDeveloperByEmail(sql, sandboxDeveloper.email);
  if (developer === undefined) return { outcome: "refused" };
  return { outcome: "signed_in", token: await createSession(sql, developer.id, client) };
}

const isEqualText = (a: string, b: string): boolean =>
  timingSafeEqual(hash("sha256", a, "buffer"), hash("sha256", b, "buffer"));

export type SecondHalf =
  | { readonly outcome: "signed_in"; readonly token: string }
  | { readonly outcome: Exclude<CodeVerdict, "right"> | "challenge_ended" };

/** Completes a sign-in. The challenge has five tries, and is good for one session. */
export async function completeSignIn(
  deps: AccountDeps,
  challenge: string,
  code: string,
  client: SessionClient,
): Promise<SecondHalf> {
  const { sql } = deps;
  const challengeHash = hashToken(challenge);
  const row = await countTokenAttempt(sql, "second_factor", challengeHash, maxCodeAttempts);
  if (row?.developerId == null) return { outcome: "challenge_ended" };
  const verdict = await verifyCode(deps, row.developerId, code);
  if (verdict !== "right") return { outcome: verdict };
  const taken = await takeToken(sql, "second_factor", challengeHash);
  if (taken?.developerId == null) return { outcome: "challenge_ended" };
  return { outcome: "signed_in", token: await createSession(sql, taken.developerId, client) };
}

/** Whether the password is that of the developer's account: asked again before what an open browser must not allow. */
export async function isOwnPassword(
  { sql }: AccountDeps,
  developerId: bigint,
  password: string,
): Promise<boolean> {
  const account = await readAccount(sql, developerId);
  return isRightPassword(password, account?.password ?? null);
}
