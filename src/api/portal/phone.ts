/** The developer's number: it becomes a test customer with a handset, and a code confirms it. */
import { Type } from "typebox";
import { confirmPhoneCode, createPhoneCode } from "../../accounts/phone-number.ts";
import { marketNames, type Market } from "../../core/markets.ts";
import { isMarketMsisdn, parseMsisdn } from "../../core/msisdn.ts";
import { object, nullable, stringEnum } from "../../core/schema.ts";
import { defaultPin } from "../../handset/handset-api.ts";
import { publishMessages } from "../../payments/invoices.ts";
import { registerTestCustomerFromPage } from "../../sandbox/register-test-customer.ts";
import { allSeedCustomers, handsetCustomers } from "../../sandbox/seed-data.ts";
import { insertTextMessage } from "../../store/rail/messages.ts";
import { defaultLanguage, getWords } from "../../words/index.ts";
import { ApiError } from "../api-error.ts";
import { assertWithinLimit } from "./account-limits.ts";
import { defineRoute, type DeveloperContext, type PortalDeps } from "./route.ts";

const wrongNumber = "msisdn: it is no number of this market.";
const seedNumber = "msisdn: it belongs to the sandbox. Use another number.";
const numberTaken = "Another developer has confirmed this number.";

export const phoneRoutes = [
  defineRoute({
    method: "POST",
    path: "/account/phone",
    summary:
      "Sends a code to your number by SMS. In the sandbox, the number becomes a test customer whose handset gets the message.",
    body: object({
      market: stringEnum(marketNames, { description: "The market of the number." }),
      msisdn: Type.String({ minLength: 5, maxLength: 30, description: "The number, as people write it." }),
    }),
    status: 200,
    response: object({
      msisdn: Type.String(),
      handset: nullable(
        Type.String({ description: "The page of the handset; null if the message is a real one." }),
      ),
      pin: nullable(Type.String({ description: "The PIN of a handset that was created now." })),
    }),
    errors: { 400: wrongNumber },
    async handle({ body: { market, msisdn: text } }, { deps, developer, request, limits }) {
      const msisdn = parseMsisdn(text, market);
      if (msisdn === null || !isMarketMsisdn(msisdn, market)) throw new ApiError(400, wrongNumber);
      if (isSeedNumber(market, msisdn)) throw new ApiError(400, seedNumber);
      assertWithinLimit(limits, "message", request, `account ${developer.id}`, msisdn);
      const isNew = await registerNumber(deps, market, msisdn, developer.name);
      const code = await createPhoneCode(deps.accounts, developer.id, { market, msisdn });
      await sendCode(deps, market, msisdn, getWords(defaultLanguage).mails.phoneCode(code));
      const isReal = deps.sendRealText !== null;
      return {
        msisdn,
        handset: isReal ? null : `/handset/${market}/${msisdn}`,
        pin: isNew ? defaultPin : null,
      };
    },
  }),

  defineRoute({
    method: "POST",
    path: "/account/phone/confirm",
    summary: "Confirms your number by the code of the SMS.",
    body: object({
      code: Type.String({ pattern: "^\\s*[0-9]{3}\\s*[0-9]{3}\\s*$", description: "Six digits." }),
    }),
    status: 204,
    errors: { 409: numberTaken },
    handle: async ({ body }, context) => confirmNumber(context, body.code.replaceAll(/\s/g, "")),
  }),
] as const;

async function confirmNumber(
  { deps, developer, request, limits }: DeveloperContext,
  code: string,
): Promise<void> {
  assertWithinLimit(limits, "code", request, `number ${developer.id}`);
  const outcome = await confirmPhoneCode(deps.accounts, developer, code);
  if (outcome === "wrong") throw new ApiError(400, "code: it is wrong.");
  if (outcome === "code_ended")
    throw new ApiError(400, "code: it has ended, or had too many attempts. Ask for another one.");
  if (outcome === "number_taken") throw new ApiError(409, numberTaken);
}

/** True if the number had no handset before. */
async function registerNumber(
  deps: PortalDeps,
  market: Market,
  msisdn: string,
  name: string,
): Promise<boolean> {
  const { sandbox } = deps;
  const [firstName = "", ...others] = name.split(" ");
  return registerTestCustomerFromPage(
    { payments: sandbox.payments(market), phones: sandbox.handsets(market), newId: sandbox.newId },
    {
      msisdn,
      firstName: firstName.slice(0, 60) || "Sandbox",
      lastName: others.join(" ").slice(0, 60) || "Developer",
      pin: defaultPin,
    },
  );
}

/** A code that an operator's gateway sends is on no page, because it proves more than that. */
async function sendCode(deps: PortalDeps, market: Market, msisdn: string, text: string): Promise<void> {
  if (deps.sendRealText !== null) return deps.sendRealText(market, msisdn, text);
  const { context, commitEvents } = deps.sandbox.payments(market);
  await insertTextMessage(context.sql, { msisdn, text }, context.clock.now());
  publishMessages(commitEvents);
}

const isSeedNumber = (market: Market, msisdn: string): boolean =>
  [...allSeedCustomers(market), ...handsetCustomers(market)].some((customer) => customer.msisdn === msisdn);
