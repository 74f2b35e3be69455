/** Registration, activation, signing in and out, and another password by a link. */
import { requestReset, resetPassword } from "../../accounts/change-account.ts";
import { activateAccount, requestRegistration } from "../../accounts/register-account.ts";
import { createSession, endSession } from "../../accounts/sessions.ts";
import { challengeLifeMs, completeSignIn, signIn } from "../../accounts/sign-in.ts";
import { object, stringEnum } from "../../core/schema.ts";
import { isLocalPage } from "../../http/local-page.ts";
import { ApiError } from "../api-error.ts";
import {
  assertGoodPassword,
  assertMail,
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
  toClient,
} from "./account-fields.ts";
import { assertWithinLimit } from "./account-limits.ts";
import { createFirstApplication, firstApplication } from "./first-application.ts";
import { definePublicRoute } from "./route.ts";
import { challengeCookie, readCookie, replaceSession, sessionCookie, setCookie } from "./session-cookie.ts";

const notThePassword = "it is not the one that you chose when you registered.";
const tooMany = "There were too many attempts. Try again later.";
const refused = "The e-mail address or the password is wrong.";
const challengeEnded = "The sign-in took too long, or had too many wrong codes. Enter the password again.";
const codesLocked = "There were too many wrong codes. Try again in an hour.";

const secondHalfErrors = {
  wrong: () => new ApiError(400, "code: it is wrong, or was used already."),
  locked: () => new ApiError(403, codesLocked),
  challenge_ended: () => new ApiError(401, challengeEnded),
} as const;

export const signInRoutes = [
  definePublicRoute({
    method: "POST",
    path: "/account/register",
    summary:
      "Sends a link that activates an account. The response is the same if the address has an account already.",
    body: object({ email: emailField, name: nameField, password: newPassword }),
    status: 204,
    errors: { 403: registrationClosed, 429: tooMany },
    async handle({ body }, { deps, request, limits }) {
      assertMail(request, deps);
      const email = normalizeEmail(body.email);
      assertGoodPassword(body.password, { email, name: body.name });
      assertWithinLimit(limits, "mail", request, email);
      await requestRegistration(deps.accounts, createLinks(request, deps), { ...body, email });
    },
  }),

  definePublicRoute({
    method: "POST",
    path: "/account/activate",
    summary:
      "Activates the account of a link with the password that was chosen, signs in, and creates its first application. The secrets are not shown again.",
    body: object({ token: linkToken, password }),
    status: 200,
    response: object({ application: firstApplication }),
    errors: { 404: linkEnded, 429: tooMany },
    async handle({ body }, { deps, request, limits }, reply) {
      assertWithinLimit(limits, "sign_in", request, body.token);
      const result = await activateAccount(deps.accounts, body.token, body.password);
      if (result.outcome === "wrong_password") throw new ApiError(400, `password: ${notThePassword}`);
      if (result.outcome !== "activated") throw new ApiError(404, linkEnded);
      const { developerId: id, email, name } = result;
      const token = await createSession(deps.main, id, toClient(request));
      await replaceSession(request, reply, deps.main, token);
      return { application: await createFirstApplication(deps, { id, email, name }) };
    },
  }),

  definePublicRoute({
    method: "POST",
    path: "/account/sign-in",
    summary: "Signs in with a password. An account with a second factor needs a code, too.",
    body: object({ email: emailField, password }),
    status: 200,
    response: object({ next: stringEnum(["done", "code"]) }),
    errors: { 401: refused, 429: tooMany },
    async handle({ body }, { deps, request, limits }, reply) {
      const email = normalizeEmail(body.email);
      assertWithinLimit(limits, "sign_in", request, email);
      const isLocal = deps.localTools && isLocalPage(request);
      const localPassword = isLocal ? await deps.readLocalPassword() : null;
      const credentials = { email, password: body.password };
      const result = await signIn(deps.accounts, credentials, toClient(request), localPassword);
      if (result.outcome === "refused") throw new ApiError(401, refused);
      if (result.outcome === "second_factor") {
        const cookie = { name: challengeCookie, value: result.challenge, lifeMs: challengeLifeMs };
        setCookie(request, reply, cookie);
        return { next: "code" as const };
      }
      await replaceSession(request, reply, deps.main, result.token);
      return { next: "done" as const };
    },
  }),

  definePublicRoute({
    method: "POST",
    path: "/account/sign-in/code",
    summary: "Completes a sign-in with a code of the authenticator app, or with a recovery code.",
    body: object({ code }),
    status: 204,
    errors: { 401: challengeEnded, 403: codesLocked, 429: tooMany },
    async handle({ body }, { deps, request, limits }, reply) {
      const challenge = readCookie(request, challengeCookie) ?? "";
      assertWithinLimit(limits, "code", request, challenge);
      const result = await completeSignIn(deps.accounts, challenge, body.code, toClient(request));
      if (result.outcome !== "signed_in") throw secondHalfErrors[result.outcome]();
      setCookie(request, reply, { name: challengeCookie, value: "", lifeMs: 0 });
      await replaceSession(request, reply, deps.main, result.token);
    },
  }),

  definePublicRoute({
    method: "POST",
    path: "/account/sign-out",
    summary: "Ends the session of this browser.",
    status: 204,
    async handle(_request, { deps, request }, reply) {
      const token = readCookie(request, sessionCookie);
      if (token !== null) await endSession(deps.main, token);
      setCookie(request, reply, { name: sessionCookie, value: "", lifeMs: 0 });
      setCookie(request, reply, { name: challengeCookie, value: "", lifeMs: 0 });
    },
  }),

  definePublicRoute({
    method: "POST",
    path: "/account/reset-link",
    summary: "Sends a link that sets another password. The response is the same for an unknown address.",
    body: object({ email: emailField }),
    status: 204,
    errors: { 403: registrationClosed, 429: tooMany },
    async handle({ body }, { deps, request, limits }) {
      assertMail(request, deps);
      const email = normalizeEmail(body.email);
      assertWithinLimit(limits, "mail", request, email);
      requestReset(deps.accounts, createLinks(request, deps), email);
    },
  }),

  definePublicRoute({
    method: "POST",
    path: "/account/reset",
    summary: "Sets another password by a link. All sessions of the account end; its second factor stays.",
    body: object({ token: linkToken, password: newPassword }),
    status: 204,
    errors: { 404: linkEnded, 429: tooMany },
    async handle({ body }, { deps, request, limits }) {
      assertWithinLimit(limits, "sign_in", request, body.token);
      assertGoodPassword(body.password, { email: "", name: "" });
      const links = createLinks(request, deps);
      if (!(await resetPassword(deps.accounts, links, body.token, body.password)))
        throw new ApiError(404, linkEnded);
    },
  }),
] as const;
