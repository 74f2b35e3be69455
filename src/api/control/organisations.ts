/** Sandbox organisations of a market, and their accounts. */
import { markets, type Market } from "../../core/markets.ts";
import { registerOrganisations } from "../../payments/register.ts";
import { readAccounts, type AccountRow } from "../../store/rail/accounts.ts";
import { readHandset, readOrganisationPhone, setOrganisationPhone } from "../../store/rail/handsets.ts";
import { readOrganisation } from "../../store/rail/organisations.ts";
import { assertUnique } from "./customers.ts";
import {
  amount,
  currency,
  formatAmountMinor,
  parseAmountMinor,
  msisdn,
  plainText,
  shortcode,
  amountOutput,
  signedAmount,
  status,
} from "./fields.ts";
import { fundAll, topUp, type OpeningBalance } from "./funding.ts";
import { ControlError, defineRoute, type RouteRequest, type ControlDeps } from "./route.ts";
import { boolean, array, object, nullable, string } from "./schema.ts";

const accountResponse = object({
  kind: string({
    description: "working (used by payments), utility or charges_paid.",
    examples: ["working"],
  }),
  status,
  available: amountOutput,
  held: amountOutput,
});

const organisationResponse = object({
  shortcode,
  name: string({ examples: ["Duka la Amina"] }),
  currency,
  phone: nullable(
    string({
      description:
        "The MSISDN of the handset that gets messages about payments to the organisation, or null.",
      examples: ["255750000008"],
    }),
  ),
  accounts: array(accountResponse),
});

const noSuchOrganisation = "No organisation in this market has this shortcode.";
const noSuchPhone = "No handset in this market has this MSISDN.";

export const organisationRoutes = [
  defineRoute({
    method: "POST",
    path: "/markets/{market}/organisations",
    summary:
      "Registers organisations with their three accounts. The balance goes to the working account. An organisation that is already registered keeps its name and balance, and `created` is false.",
    body: object({
      organisations: array(
        object({ shortcode, name: plainText("The name, up to 100 characters.", 100) }, { balance: amount }),
        { minItems: 1, maxItems: 10_000 },
      ),
    }),
    status: 201,
    response: object({ organisations: array(object({ shortcode, created: boolean() })) }),
    async handle({ market, body }, deps) {
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

      const created = await registerOrganisations(
        deps.payments(market).context,
        organisations.map(({ shortcode: code, name }) => ({ shortcode: code, name })),
      );
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
    handle: (request, deps) => readOrganisationResponse(request, deps),
  }),

  defineRoute({
    method: "PATCH",
    path: "/markets/{market}/organisations/{shortcode}",
    summary: "Sets the handset that gets an organisation's messages, or removes it with null.",
    body: object({ phone: nullable(msisdn) }),
    status: 200,
    response: organisationResponse,
    errors: { 404: noSuchOrganisation, 409: noSuchPhone },
    async handle(request, deps) {
      const { sql } = deps.payments(request.market).context;
      const { phone } = request.body;
      if (phone !== null && (await readHandset(sql, phone)) === undefined) {
        throw new ControlError(409, noSuchPhone);
      }
      if (!(await setOrganisationPhone(sql, parseShortcode(request), phone))) {
        throw new ControlError(404, noSuchOrganisation);
      }
      return readOrganisationResponse(request, deps);
    },
  }),

  defineRoute({
    method: "POST",
    path: "/markets/{market}/organisations/{shortcode}/top-up",
    summary: "Adds money to an organisation's working account, or removes it with a negative amount.",
    body: object({ amount: signedAmount }),
    status: 200,
    response: organisationResponse,
    errors: {
      404: noSuchOrganisation,
      409: "The balance is too low for the amount to remove, or would exceed the maximum.",
    },
    async handle(request, deps) {
      await topUp(
        deps,
        request.market,
        { kind: "working", owner: parseShortcode(request) },
        request.body.amount,
      );
      return readOrganisationResponse(request, deps);
    },
  }),
];

/** Parses the shortcode in the path. Throws 404 for an invalid one. */
function parseShortcode(request: RouteRequest<unknown, unknown>): string {
  const code = request.param("shortcode");
  if (!/^[0-9A-Za-z]{4,12}$/.test(code)) throw new ControlError(404, noSuchOrganisation);
  return code;
}

async function readOrganisationResponse(request: RouteRequest<unknown, unknown>, { payments }: ControlDeps) {
  const { market } = request;
  const { sql } = payments(market).context;
  const organisation = await readOrganisation(sql, parseShortcode(request));
  if (organisation === undefined) throw new ControlError(404, noSuchOrganisation);
  const accounts = (await readAccounts(sql, organisation.shortcode)).filter(({ kind }) => kind !== "wallet");
  const phone = await readOrganisationPhone(sql, organisation.shortcode);
  return {
    shortcode: organisation.shortcode,
    name: organisation.name,
    currency: markets[market].currency,
    phone,
    accounts: accounts.map((row) => toAccountResponse(row, market)),
  };
}

function toAccountResponse(
  { kind, status: accountStatus, availableMinor, heldMinor }: AccountRow,
  market: Market,
) {
  return {
    kind,
    status: accountStatus,
    available: formatAmountMinor(availableMinor, market),
    held: formatAmountMinor(heldMinor, market),
  };
}
