/** The developer's number, confirmed by a code that it receives. */
import { createHmac, hkdfSync, randomInt, timingSafeEqual } from "node:crypto";
import { msPerMinute } from "../core/clock.ts";
import { insertAudit } from "../store/main/audit.ts";
import { countPhoneCodeAttempt, deletePhoneCode, upsertPhoneCode } from "../store/main/developer-accounts.ts";
import { updateDeveloperPhone } from "../store/main/developers.ts";
import type { AccountDeps } from "./account-deps.ts";

const codeLifeMs = 10 * msPerMinute;
const maxAttempts = 5;

export interface PhoneNumber {
  readonly market: string;
  readonly msisdn: string;
}

/** Returns the code to send. It replaces an earlier one. */
export async function createPhoneCode(
  deps: AccountDeps,
  developerId: bigint,
  number: PhoneNumber,
): Promise<string> {
  const code = String(randomInt(1_000_000)).padStart(6, "0");
  const hash = hashCode(deps, developerId, number, code);
  await upsertPhoneCode(deps.sql, developerId, { ...number, hash, lifeMs: codeLifeMs });
  return code;
}

export type PhoneConfirmation = "confirmed" | "wrong" | "code_ended" | "number_taken";

export async function confirmPhoneCode(
  deps: AccountDeps,
  { id, email }: { readonly id: bigint; readonly email: string },
  code: string,
): Promise<PhoneConfirmation> {
  const row = await countPhoneCodeAttempt(deps.sql, id, maxAttempts);
  if (row === undefined) return "code_ended";
  if (!timingSafeEqual(row.hash, hashCode(deps, id, row, code))) return "wrong";
  const { market, msisdn } = row;
  return deps.sql.begin(async (tx): Promise<PhoneConfirmation> => {
    if (!(await deletePhoneCode(tx, id, row.hash))) return "code_ended";
    if (!(await updateDeveloperPhone(tx, id, { market, msisdn }))) return "number_taken";
    await insertAudit(tx, { who: email.slice(0, 100), what: "account confirm-number", details: { market } });
    return "confirmed";
  });
}

/** Keyed, because a code has only a million values; with the number, so that it confirms no other one. */
function hashCode(
  { secretKey }: AccountDeps,
  developerId: bigint,
  { market, msisdn }: PhoneNumber,
  code: string,
): Buffer {
  const key = Buffer.from(hkdfSync("sha256", secretKey, "pesarail", "phone code", 32));
  return createHmac("sha256", key).update(`${developerId}/${market}/${msisdn}/${code}`).digest();
}
