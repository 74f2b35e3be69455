/**
 * Registration: an account exists when its link was followed and its password was entered once more.
 *
 * Until then the name and the hash of the password belong to the link. So no one can register another person's address: the
 * owner of the address does not know the password, and the person who chose the password does not have the link.
 */
import { msPerDay } from "../core/clock.ts";
import { sandboxDeveloper } from "../developers/sandbox-developer.ts";
import { renderAccountExistsMail } from "../mail/account-exists-mail.ts";
import { renderActivationMail } from "../mail/activation-mail.ts";
import { findOrCreateDeveloper } from "../store/main/applications.ts";
import { insertAudit } from "../store/main/audit.ts";
import { insertAccount, readAccountByEmail } from "../store/main/developer-accounts.ts";
import { updateDeveloperName } from "../store/main/developers.ts";
import {
  countTokenAttempt,
  deleteTokensByEmail,
  insertToken,
  takeToken,
} from "../store/main/one-time-tokens.ts";
import type { AccountDeps, AccountLinks } from "./account-deps.ts";
import { hashPassword, isRightPassword } from "./passwords.ts";
import { createToken, hashToken } from "./tokens.ts";

const linkLifeMs = msPerDay;
/** A link that a stranger has found does not allow to guess the password. */
const maxAttempts = 5;

export interface Registration {
  readonly email: string;
  readonly name: string;
  readonly password: string;
}

/** Takes as long for a known address as for an unknown one: what differs happens after the response. */
export async function requestRegistration(
  deps: AccountDeps,
  links: AccountLinks,
  { email, name, password }: Registration,
): Promise<void> {
  const { sql, background, mailer } = deps;
  const passwordHash = await hashPassword(password);
  background.add(async () => {
    // Its address cannot receive mail, and its password is in sandbox.json.
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
      purpose: "activation",
      developerId: null,
      email,
      details: { name, password: passwordHash },
      lifeMs: linkLifeMs,
    });
    await mailer.send({ to: email, ...renderActivationMail({ url: links.activate(token) }) });
  });
}

export type Activation =
  | {
      readonly outcome: "activated";
      readonly developerId: bigint;
      readonly email: string;
      readonly name: string;
    }
  | { readonly outcome: "wrong_password" }
  | { readonly outcome: "link_ended" };

/** Creates the account of a link. An operator may have created the developer before. */
export async function activateAccount(
  { sql }: AccountDeps,
  token: string,
  password: string,
): Promise<Activation> {
  const hash = hashToken(token);
  const row = await countTokenAttempt(sql, "activation", hash, maxAttempts);
  const isRight = await isRightPassword(password, row?.details.password ?? null);
  if (row === undefined) return { outcome: "link_ended" };
  if (!isRight) return { outcome: "wrong_password" };
  return sql.begin(async (tx): Promise<Activation> => {
    const taken = await takeToken(tx, "activation", hash);
    const { name = "", password: passwordHash = "" } = taken?.details ?? {};
    if (taken === undefined) return { outcome: "link_ended" };
    const { email } = taken;
    const developerId = await findOrCreateDeveloper(tx, email, name);
    await deleteTokensByEmail(tx, ["activation"], email);
    if (!(await insertAccount(tx, developerId, passwordHash))) return { outcome: "link_ended" };
    await updateDeveloperName(tx, developerId, name);
    await insertAudit(tx, { who: email.slice(0, 100), what: "account activate", details: {} });
    return { outcome: "activated", developerId, email, name };
  });
}
