/** Organisations: who is paid in a market's sandbox, and what is on their accounts. */
import { markets, type Market } from "../../core/money.ts";
import { registerOrganisations } from "../../payments/register.ts";
import { readAccounts, type AccountRow } from "../../store/rail/accounts.ts";
import { readHandset, readOrganisationPhone, setOrganisationPhone } from "../../store/rail/handsets.ts";
import { readOrganisation } from "../../store/rail/customers.ts";
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
    description: "working (pays and is paid), utility or charges_paid.",
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
      description: "The number of the handset that hears of what it is paid, or null.",
      examples: ["255750000008"],
    }),
  ),
  accounts: array(accountResponse),
});

const noSuchOrganisation = "No organisation in this market has this shortcode.";
const noSuchPhone = "There is no handset with this number in this market.";

export const organisationRoutes = [
  defineRoute({
    method: "POST",
    path: "/markets/{market}/organisations",
    summary:
      "Registers organisations with their three accounts; a balance goes to the working account. One that is registered already keeps name and balance: `created` is then false.",
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
    summary: "Tells an organisation's name and what is on its accounts.",
    status: 200,
    response: organisationResponse,
    errors: { 404: noSuchOrganisation },
    handle: (request, deps) => readOrganisationResponse(request, deps),
  }),

  defineRoute({
    method: "PATCH",
    path: "/markets/{market}/organisations/{shortcode}",
    summary: "Names the handset that gets an organisation's messages, or takes it away with null.",
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
    summary: "Puts money on an organisation's working account, or takes some off it.",
    body: object({ amount: signedAmount }),
    status: 200,
    response: organisationResponse,
    errors: {
      404: noSuchOrganisation,
      409: "The account does not hold what should be taken off, or cannot hold what should be put on it.",
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

/** The shortcode in the path; one that cannot be anybody's is nobody's. */
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
