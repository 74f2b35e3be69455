/** The account of the developer who is signed in: name, address, password, second factor, and sessions. */
import { Type } from "typebox";
import { changePassword, confirmEmailChange, requestEmailChange } from "../../accounts/change-account.ts";
import { confirmSecondFactor, removeSecondFactor, startSecondFactor } from "../../accounts/second-factor.ts";
import { sessionIdleMs } from "../../accounts/sessions.ts";
import { isOwnPassword } from "../../accounts/sign-in.ts";
import { formatTotpSecret, formatTotpUri } from "../../accounts/totp.ts";
import { nullable, object } from "../../core/schema.ts";
import { readAccount } from "../../store/main/developer-accounts.ts";
import { deleteSession, deleteSessions, readSessions } from "../../store/main/developer-sessions.ts";
import { updateDeveloperName } from "../../store/main/developers.ts";
import { ApiError } from "../api-error.ts";
import {
  assertGoodPassword,
  assertMail,
  assertOwnAccount,
  code,
  createLinks,
  emailField,
  linkEnded,
  linkToken,
  nameField,
  newPassword,
  normalizeEmail,
  password,
  registrationClosed,
  seededAccount,
  wrongPassword,
} from "./account-fields.ts";
import { assertWithinLimit } from "./account-limits.ts";
import { defineRoute, type DeveloperContext } from "./route.ts";

const sessionSummary = object({
  id: Type.String(),
  address: Type.String(),
  userAgent: Type.String(),
  createdAt: Type.String({ format: "date-time" }),
  usedAt: Type.String({ format: "date-time" }),
  isCurrent: Type.Boolean({ description: "The session of this request." }),
});

const wrongCode = "code: it is wrong, or was used already.";
const secondFactorIsOn = "The second factor is on already.";
const noSuchSession = "You have no session with this number.";
const otherPassword = { 400: `A field is not accepted. ${wrongPassword}`, 403: seededAccount };

/** Throws 400: the browser is signed in, so this is no 401. */
async function assertPassword(
  { deps, developer, request, limits }: DeveloperContext,
  text: string,
): Promise<void> {
  assertOwnAccount(developer);
  assertWithinLimit(limits, "sign_in", request, `account ${developer.id}`);
  if (!(await isOwnPassword(deps.accounts, developer.id, text)))
    throw new ApiError(400, "currentPassword: it is wrong.");
}

export const accountRoutes = [
  defineRoute({
    method: "GET",
    path: "/account",
    summary: "Returns your account.",
    status: 200,
    response: object({
      email: Type.String(),
      name: Type.String(),
      phone: nullable(Type.String()),
      phoneMarket: nullable(Type.String()),
      isLocal: Type.Boolean({ description: "The sandbox's own developer, who has no account." }),
      secondFactor: Type.Boolean(),
      recoveryCodesLeft: Type.Integer(),
    }),
    async handle(_request, { deps, developer }) {
      const { email, name, phone, phoneMarket, isLocal } = developer;
      const account = await readAccount(deps.main, developer.id);
      return {
        email,
        name,
        phone,
        phoneMarket,
        isLocal,
        secondFactor: account?.secondFactorAt != null,
        recoveryCodesLeft: account?.recoveryCodes.length ?? 0,
      };
    },
  }),

  defineRoute({
    method: "PATCH",
    path: "/account",
    summary: "Changes your name.",
    body: object({ name: nameField }),
    status: 204,
    errors: { 403: seededAccount },
    async handle({ body }, { deps, developer }) {
      assertOwnAccount(developer);
      await updateDeveloperName(deps.main, developer.id, body.name);
    },
  }),

  defineRoute({
    method: "POST",
    path: "/account/password",
    summary: "Sets another password. Your other sessions end.",
    body: object({ currentPassword: password, password: newPassword }),
    status: 204,
    errors: otherPassword,
    async handle({ body }, context) {
      const { deps, developer, request } = context;
      await assertPassword(context, body.currentPassword);
      assertGoodPassword(body.password, developer);
      const { id: developerId, sessionId } = developer;
      const change = { developerId, sessionId, password: body.password };
      await changePassword(deps.accounts, createLinks(request, deps), change);
    },
  }),

  defineRoute({
    method: "POST",
    path: "/account/email",
    summary: "Sends a link to your new address. Until you follow it, you sign in with the old one.",
    body: object({ email: emailField, currentPassword: password }),
    status: 204,
    errors: { 400: `A field is not accepted. ${wrongPassword}`, 403: registrationClosed },
    async handle({ body }, context) {
      const { deps, developer, request, limits } = context;
      assertMail(request, deps);
      await assertPassword(context, body.currentPassword);
      const email = normalizeEmail(body.email);
      assertWithinLimit(limits, "mail", request, email, `account ${developer.id}`);
      requestEmailChange(deps.accounts, createLinks(request, deps), { developerId: developer.id, email });
    },
  }),

  defineRoute({
    method: "POST",
    path: "/account/email/confirm",
    summary: "Changes your address by a link that was sent to the new one.",
    body: object({ token: linkToken }),
    status: 204,
    errors: { 404: linkEnded, 409: "The address has an account already." },
    async handle({ body }, { deps, developer, request }) {
      const links = createLinks(request, deps);
      const outcome = await confirmEmailChange(deps.accounts, links, body.token, developer.id);
      if (outcome === "link_ended") throw new ApiError(404, linkEnded);
      if (outcome === "address_taken") throw new ApiError(409, "The address has an account already.");
    },
  }),

  defineRoute({
    method: "POST",
    path: "/account/second-factor",
    summary: "Starts to turn the second factor on. Scan the code with an authenticator app, then confirm.",
    body: object({ currentPassword: password }),
    status: 200,
    response: object({
      secret: Type.String({ description: "In base32, to type it." }),
      uri: Type.String({ description: "What the QR code contains." }),
      qrPath: Type.String({ description: "The QR code as the path of an SVG." }),
      qrSize: Type.Integer({ description: "The width of the QR code in modules." }),
    }),
    errors: { ...otherPassword, 409: secondFactorIsOn },
    async handle({ body }, context) {
      const { deps, developer } = context;
      await assertPassword(context, body.currentPassword);
      const account = await readAccount(deps.main, developer.id);
      if (account?.secondFactorAt != null) throw new ApiError(409, secondFactorIsOn);
      const secret = await startSecondFactor(deps.accounts, developer.id);
      const uri = formatTotpUri(secret, developer.email);
      return { secret: formatTotpSecret(secret), uri, ...(await renderQrCode(uri)) };
    },
  }),

  defineRoute({
    method: "POST",
    path: "/account/second-factor/confirm",
    summary:
      "Turns the second factor on with a code of the app. Returns the recovery codes, which are not shown again. Your other sessions end.",
    body: object({ code }),
    status: 200,
    response: object({ recoveryCodes: Type.Array(Type.String()) }),
    errors: { 400: wrongCode, 403: seededAccount },
    async handle({ body }, { deps, developer, request, limits }) {
      assertOwnAccount(developer);
      assertWithinLimit(limits, "code", request, `account ${developer.id}`);
      const { id: developerId, sessionId } = developer;
      const links = createLinks(request, deps);
      const recoveryCodes = await confirmSecondFactor(deps.accounts, links, {
        developerId,
        sessionId,
        code: body.code,
      });
      if (recoveryCodes === null) throw new ApiError(400, wrongCode);
      return { recoveryCodes: [...recoveryCodes] };
    },
  }),

  defineRoute({
    method: "POST",
    path: "/account/second-factor/remove",
    summary: "Turns the second factor off. Needs the password, and a code or a recovery code.",
    body: object({ currentPassword: password, code }),
    status: 204,
    errors: otherPassword,
    async handle({ body }, context) {
      const { deps, developer, request } = context;
      await assertPassword(context, body.currentPassword);
      const links = createLinks(request, deps);
      const verdict = await removeSecondFactor(deps.accounts, links, developer.id, body.code);
      if (verdict === "wrong") throw new ApiError(400, wrongCode);
      if (verdict === "locked")
        throw new ApiError(400, "code: there were too many wrong ones. Try again in an hour.");
    },
  }),

  defineRoute({
    method: "GET",
    path: "/account/sessions",
    summary: "Lists your sessions, the newest first.",
    status: 200,
    response: object({ sessions: Type.Array(sessionSummary) }),
    async handle(_request, { deps, developer }) {
      const rows = await readSessions(deps.main, developer.id, sessionIdleMs);
      return {
        sessions: rows.map(({ id, address, userAgent, createdAt, usedAt }) => ({
          id: id.toString(),
          address,
          userAgent,
          createdAt: createdAt.toISOString(),
          usedAt: usedAt.toISOString(),
          isCurrent: id === developer.sessionId,
        })),
      };
    },
  }),

  defineRoute({
    method: "DELETE",
    path: "/account/sessions/{id}",
    summary: "Ends one of your sessions.",
    status: 204,
    errors: { 404: noSuchSession },
    async handle({ params }, { deps, developer }) {
      if (!(await deleteSession(deps.main, developer.id, BigInt(params.id))))
        throw new ApiError(404, noSuchSession);
    },
  }),

  defineRoute({
    method: "DELETE",
    path: "/account/sessions",
    summary: "Ends all your sessions but this one.",
    status: 204,
    async handle(_request, { deps, developer }) {
      await deleteSessions(deps.main, developer.id, developer.sessionId);
    },
  }),
] as const;

/** One square for each dark module. The page draws it, because its policy allows no picture of a script. */
async function renderQrCode(text: string): Promise<{ qrPath: string; qrSize: number }> {
  const { create } = await import("qrcode");
  const { size, data } = create(text, { errorCorrectionLevel: "M" }).modules;
  const squares: string[] = [];
  for (const [index, isDark] of data.entries()) {
    if (isDark !== 0) squares.push(`M${index % size} ${Math.floor(index / size)}h1v1h-1z`);
  }
  return { qrPath: squares.join(""), qrSize: size };
}
