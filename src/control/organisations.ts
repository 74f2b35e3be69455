/** Organisations: who is paid in a market's sandbox, and what is on their accounts. */
import { markets, type Market } from "../money.ts";
import { registerOrganisations } from "../payments/registry.ts";
import { readAccounts, type AccountRow } from "../store/accounts.ts";
import { readHandset, readOrganisationPhone, setOrganisationPhone } from "../store/handsets.ts";
import { readOrganisation } from "../store/people.ts";
import { refuseTwice } from "./customers.ts";
import {
  amount,
  currency,
  decimal,
  minorUnits,
  msisdn,
  plainText,
  shortcode,
  shownAmount,
  signedAmount,
  status,
} from "./fields.ts";
import { fundAll, topUp } from "./funding.ts";
import { ControlError, route, type Asked, type ControlDeps } from "./route.ts";
import { flag, list, object, orNull, text } from "./schema.ts";

const account = object({
  kind: text({ description: "working (pays and is paid), utility or charges_paid.", examples: ["working"] }),
  status,
  available: shownAmount,
  held: shownAmount,
});

const organisation = object({
  shortcode,
  name: text({ examples: ["Duka la Amina"] }),
  currency,
  phone: orNull(
    text({
      description: "The number of the handset that hears of what it is paid, or null.",
      examples: ["255750000008"],
    }),
  ),
  accounts: list(account),
});

const noSuchOrganisation = "No organisation in this market has this shortcode.";
const noSuchPhone = "There is no handset with this number in this market.";

export const organisationRoutes = [
  route({
    method: "POST",
    path: "/markets/{market}/organisations",
    does: "Registers organisations with their three accounts; a balance goes to the working account. One that is registered already keeps name and balance: `created` is then false.",
    body: object({
      organisations: list(
        object({ shortcode, name: plainText("The name, up to 100 characters.", 100) }, { balance: amount }),
        { minItems: 1, maxItems: 10_000 },
      ),
    }),
    status: 201,
    answers: object({ organisations: list(object({ shortcode, created: flag() })) }),
    async handle({ market, body }, deps) {
      const { organisations } = body;
      refuseTwice(
        organisations.map((each) => each.shortcode),
        "organisations",
        "shortcode",
      );
      const balances = organisations.map(({ shortcode: owner, balance }, index) => ({
        account: { kind: "working" as const, owner },
        minor: minorUnits(balance ?? "0", market, `organisations[${index}].balance`),
      }));

      const created = await registerOrganisations(
        deps.payments(market).context,
        organisations.map(({ shortcode: code, name }) => ({ shortcode: code, name })),
      );
      await fundAll(
        deps,
        market,
        balances.filter(({ account: { owner }, minor }) => created.has(owner) && minor > 0n),
      );
      return {
        organisations: organisations.map(({ shortcode: code }) => ({
          shortcode: code,
          created: created.has(code),
        })),
      };
    },
  }),

  route({
    method: "GET",
    path: "/markets/{market}/organisations/{shortcode}",
    does: "Tells an organisation's name and what is on its accounts.",
    status: 200,
    answers: organisation,
    fails: { 404: noSuchOrganisation },
    handle: (asked, deps) => show(asked, deps),
  }),

  route({
    method: "PATCH",
    path: "/markets/{market}/organisations/{shortcode}",
    does: "Names the handset that gets an organisation's messages, or takes it away with null.",
    body: object({ phone: orNull(msisdn) }),
    status: 200,
    answers: organisation,
    fails: { 404: noSuchOrganisation, 409: noSuchPhone },
    async handle(asked, deps) {
      const { sql } = deps.payments(asked.market).context;
      const { phone } = asked.body;
      if (phone !== null && (await readHandset(sql, phone)) === undefined) {
        throw new ControlError(409, noSuchPhone);
      }
      if (!(await setOrganisationPhone(sql, organisationIn(asked), phone))) {
        throw new ControlError(404, noSuchOrganisation);
      }
      return show(asked, deps);
    },
  }),

  route({
    method: "POST",
    path: "/markets/{market}/organisations/{shortcode}/top-up",
    does: "Puts money on an organisation's working account, or takes some off it.",
    body: object({ amount: signedAmount }),
    status: 200,
    answers: organisation,
    fails: {
      404: noSuchOrganisation,
      409: "The account does not hold what should be taken off, or cannot hold what should be put on it.",
    },
    async handle(asked, deps) {
      await topUp(deps, asked.market, { kind: "working", owner: organisationIn(asked) }, asked.body.amount);
      return show(asked, deps);
    },
  }),
];

/** The shortcode in the path; one that cannot be anybody's is nobody's. */
function organisationIn(asked: Asked<unknown, unknown>): string {
  const code = asked.part("shortcode");
  if (!/^[0-9A-Za-z]{4,12}$/.test(code)) throw new ControlError(404, noSuchOrganisation);
  return code;
}

async function show(asked: Asked<unknown, unknown>, { payments }: ControlDeps) {
  const { market } = asked;
  const { sql } = payments(market).context;
  const found = await readOrganisation(sql, organisationIn(asked));
  if (found === undefined) throw new ControlError(404, noSuchOrganisation);
  const accounts = (await readAccounts(sql, found.shortcode)).filter(({ kind }) => kind !== "wallet");
  const phone = await readOrganisationPhone(sql, found.shortcode);
  return {
    ...found,
    currency: markets[market].currency,
    phone,
    accounts: accounts.map((each) => shown(each, market)),
  };
}

function shown({ kind, status: stands, availableMinor, heldMinor }: AccountRow, market: Market) {
  return {
    kind,
    status: stands,
    available: decimal(availableMinor, market),
    held: decimal(heldMinor, market),
  };
}
