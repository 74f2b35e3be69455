/** Sandbox organisations of a market, and their accounts. */
import { Type } from "typebox";
import { plainText, shortcode } from "../../core/fields.ts";
import { markets, type Market } from "../../core/markets.ts";
import {
  ParentNotAllowed,
  registerOrganisations,
  type NewOrganisation,
} from "../../organisations/register-organisations.ts";
import { renewPasskey } from "../../organisations/passkeys.ts";
import type { RailContext } from "../../payments/payments.ts";
import { readAccounts, type AccountRow } from "../../store/rail/accounts.ts";
import { readHandset, readOrganisationPhone, setOrganisationPhone } from "../../store/rail/handsets.ts";
import {
  confirmationForms,
  organisationKinds,
  readOrganisationProfile,
} from "../../store/rail/organisations.ts";
import { object, nullable, stringEnum } from "../../core/schema.ts";
import { assertUnique } from "./customers.ts";
import {
  amount,
  currency,
  formatAmountMinor,
  parseAmountMinor,
  msisdn,
  amountOutput,
  signedAmount,
  status,
} from "./fields.ts";
import { floatExhausted, fundAll, topUp, type OpeningBalance } from "./funding.ts";
import { ApiError } from "../api-error.ts";
import { defineRoute, type ControlDeps } from "./route.ts";

const accountResponse = object({
  kind: Type.String({
    description: "working (used by payments), utility, merchant, settlement or charges_paid.",
    examples: ["working"],
  }),
  status,
  available: amountOutput,
  held: amountOutput,
});

const kind = stringEnum(organisationKinds, {
  description:
    "The kind of the shortcode, which determines its accounts: `paybill` (the default), `till`, `head_office`, `store`, `b2c` or `agency`.",
});

const parent = Type.String({
  pattern: "^[0-9A-Za-z]{4,12}$",
  description:
    "The shortcode of the parent: the head office of a store, or the store or head office of a till.",
  examples: ["100001"],
});

const fundableAccounts = ["working", "utility", "merchant", "settlement"] as const;

const settingFields = {
  externalValidation: Type.Boolean({
    description: "Whether the organisation's validation URL is asked before a customer's payment to it.",
  }),
  confirmationMsisdn: nullable(
    stringEnum(confirmationForms, {
      description:
        "How confirmations name the customer: `plain`, `masked` or `hashed`. Null is as the version of the registration has it.",
    }),
  ),
  stk: Type.Boolean({
    description: "Whether the organisation may ask customers for payments by STK push.",
  }),
  utilityToWorking: Type.Boolean({
    description:
      "Whether the organisation's API operators may move money from its utility to its working account.",
  }),
  nominatedNumber: nullable(
    Type.String({
      pattern: "^[0-9]{11,14}$",
      description: "The MSISDN of a till's owner, who approves payments from the till.",
      examples: ["254722000006"],
    }),
  ),
};

const organisationResponse = object({
  shortcode,
  name: Type.String({ examples: ["Duka la Amina"] }),
  kind,
  parent: nullable(parent),
  currency,
  phone: nullable(
    Type.String({
      description:
        "The MSISDN of the handset that gets messages about payments to the organisation, or null.",
      examples: ["255750000008"],
    }),
  ),
  ...settingFields,
  accounts: Type.Array(accountResponse),
});

const noSuchOrganisation = "No organisation in this market has this shortcode.";
const noSuchPhone = "No handset in this market has this MSISDN.";

export const organisationRoutes = [
  defineRoute({
    method: "POST",
    path: "/markets/{market}/organisations",
    summary:
      "Registers organisations with the accounts of their kind. The balance goes to the working account. A parent is registered earlier or in the same list. An organisation that is already registered stays unchanged, and `created` is false.",
    body: object({
      organisations: Type.Array(
        object(
          { shortcode, name: plainText("The name, up to 100 characters.", 100) },
          { balance: amount, kind, parent },
        ),
        { minItems: 1, maxItems: 10_000 },
      ),
    }),
    status: 201,
    response: object({ organisations: Type.Array(object({ shortcode, created: Type.Boolean() })) }),
    errors: { 409: floatExhausted },
    async handle({ params: { market }, body }, deps) {
      const { organisations } = body;
      assertUnique(
        organisations.map((organisation) => organisation.shortcode),
        "organisations",
        "shortcode",
      );
      const balances = organisations.map(({ shortcode: owner, balance }, index): OpeningBalance => ({
        account: { kind: "working", owner },
        amountMinor: parseAmountMinor(balance ?? "0", market, `organisations[${index}].balance`),
      }));

      const created = await registerAll(deps.payments(market).context, organisations);
      await fundAll(
        deps,
        market,
        balances.filter((balance) => created.has(balance.account.owner) && balance.amountMinor > 0n),
      );
      return {
        organisations: organisations.map(({ shortcode: code }) => ({
          shortcode: code,
          created: created.has(code),
        })),
      };
    },
  }),

  defineRoute({
    method: "GET",
    path: "/markets/{market}/organisations/{shortcode}",
    summary: "Returns an organisation's name and account balances.",
    status: 200,
    response: organisationResponse,
    errors: { 404: noSuchOrganisation },
    handle: ({ params }, deps) => readOrganisationResponse(params, deps),
  }),

  defineRoute({
    method: "PATCH",
    path: "/markets/{market}/organisations/{shortcode}",
    summary:
      "Changes an organisation's settings, and the handset that gets its messages; null removes it. The settings matter to Daraja.",
    body: object({}, { phone: nullable(msisdn), ...settingFields }),
    status: 200,
    response: organisationResponse,
    errors: { 404: noSuchOrganisation, 409: noSuchPhone },
    async handle({ params, body: { phone, stk, utilityToWorking, ...settings } }, deps) {
      const { sql } = deps.payments(params.market).context;
      if (typeof phone === "string" && (await readHandset(sql, phone)) === undefined) {
        throw new ApiError(409, noSuchPhone);
      }
      const change = {
        ...settings,
        ...(stk === undefined ? {} : { stkEnabled: stk }),
        ...(utilityToWorking === undefined ? {} : { utilityToWorkingAllowed: utilityToWorking }),
      };
      if (!(await deps.organisations(params.market).changeSettings(params.shortcode, change))) {
        throw new ApiError(404, noSuchOrganisation);
      }
      if (phone !== undefined) await setOrganisationPhone(sql, params.shortcode, phone);
      return readOrganisationResponse(params, deps);
    },
  }),

  defineRoute({
    method: "POST",
    path: "/markets/{market}/organisations/{shortcode}/passkey",
    summary:
      "Gives an organisation a new passkey, for the passwords of its STK pushes; the old one becomes invalid. It is not shown again.",
    status: 201,
    response: object({
      passkey: Type.String({
        examples: ["bfb279f9aa9bdbcf158e97dd71a467cd2e0c893059b10f78e6b72ada1ed2c919"],
      }),
    }),
    errors: { 404: noSuchOrganisation },
    async handle({ params: { market, shortcode: code } }, deps) {
      if ((await deps.organisations(market).find(code)) === undefined)
        throw new ApiError(404, noSuchOrganisation);
      const owner = { environment: "sandbox", market, shortcode: code } as const;
      const passkey = await renewPasskey(deps.main, "control API", owner);
      await deps.refreshApplicationCache();
      return { passkey };
    },
  }),

  defineRoute({
    method: "POST",
    path: "/markets/{market}/organisations/{shortcode}/top-up",
    summary: "Adds money to an account of an organisation, or removes it with a negative amount.",
    body: object(
      { amount: signedAmount },
      {
        account: stringEnum(fundableAccounts, {
          description:
            "The account: `working` (the default), `utility`, `merchant` or `settlement`. The kind of the organisation determines which it has.",
        }),
      },
    ),
    status: 200,
    response: organisationResponse,
    errors: {
      404: noSuchOrganisation,
      409: "The balance is too low for the amount to remove, or would exceed the maximum.",
    },
    async handle({ params, body }, deps) {
      const account = { kind: body.account ?? "working", owner: params.shortcode };
      await topUp(deps, params.market, account, body.amount);
      return readOrganisationResponse(params, deps);
    },
  }),
] as const;

/** Throws 400 with the name of the field if an organisation cannot have its parent. */
async function registerAll(
  context: RailContext,
  organisations: readonly NewOrganisation[],
): Promise<ReadonlySet<string>> {
  try {
    return await registerOrganisations(
      context,
      organisations.map(({ shortcode: code, name, kind: organisationKind, parent: parentCode }) => ({
        shortcode: code,
        name,
        ...(organisationKind === undefined ? {} : { kind: organisationKind }),
        ...(parentCode === undefined ? {} : { parent: parentCode }),
      })),
    );
  } catch (error) {
    if (!(error instanceof ParentNotAllowed)) throw error;
    const index = organisations.findIndex(({ shortcode: code }) => code === error.shortcode);
    throw new ApiError(400, `organisations[${index}].parent is not accepted. ${error.message}`);
  }
}

async function readOrganisationResponse(
  { market, shortcode: code }: { readonly market: Market; readonly shortcode: string },
  { payments }: ControlDeps,
) {
  const { sql } = payments(market).context;
  const organisation = await readOrganisationProfile(sql, code);
  if (organisation === undefined) throw new ApiError(404, noSuchOrganisation);
  const accounts = (await readAccounts(sql, organisation.shortcode)).filter((row) => row.kind !== "wallet");
  const phone = await readOrganisationPhone(sql, organisation.shortcode);
  return {
    shortcode: organisation.shortcode,
    name: organisation.name,
    kind: organisation.kind,
    parent: organisation.parent,
    currency: markets[market].currency,
    phone,
    externalValidation: organisation.externalValidation,
    confirmationMsisdn: organisation.confirmationMsisdn,
    stk: organisation.stkEnabled,
    utilityToWorking: organisation.utilityToWorkingAllowed,
    nominatedNumber: organisation.nominatedNumber,
    accounts: accounts.map((row) => toAccountResponse(row, market)),
  };
}

function toAccountResponse(
  { kind: accountKind, status: accountStatus, availableMinor, heldMinor }: AccountRow,
  market: Market,
) {
  return {
    kind: accountKind,
    status: accountStatus,
    available: formatAmountMinor(availableMinor, market),
    held: formatAmountMinor(heldMinor, market),
  };
}
