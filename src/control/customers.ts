/** Customers: who lives in a market's sandbox, what is in their wallets, and how they answer prompts. */
import { markets, type Market } from "../money.ts";
import { registerCustomers } from "../payments/registry.ts";
import { isHandset, readWallet, readWallets, setWallet, type WalletRow } from "../store/accounts.ts";
import {
  amount,
  answer,
  currency,
  decimal,
  minorUnits,
  msisdn,
  plainText,
  shownAmount,
  signedAmount,
  status,
} from "./fields.ts";
import { fundAll, topUp } from "./funding.ts";
import { ControlError, route, type Asked, type ControlDeps } from "./route.ts";
import { flag, list, object, orNull, text } from "./schema.ts";

const customer = object({
  msisdn,
  firstName: text({ examples: ["Amina"] }),
  lastName: text({ examples: ["Juma"] }),
  status,
  answer,
  available: shownAmount,
  held: shownAmount,
  currency,
});

const newCustomer = object(
  { msisdn },
  {
    balance: amount,
    firstName: plainText("The first name, up to 60 characters.", 60),
    lastName: plainText("The last name, up to 60 characters.", 60),
    answer,
  },
);

const noSuchCustomer = "Nobody in this market has this MSISDN.";

export const customerRoutes = [
  route({
    method: "POST",
    path: "/markets/{market}/customers",
    does: "Registers customers, with money if a balance is given. One who is registered already keeps name, answer and balance: `created` is then false. Who is asked gets a handset with the PIN 1234.",
    body: object({ customers: list(newCustomer, { minItems: 1, maxItems: 10_000 }) }),
    status: 201,
    answers: object({ customers: list(object({ msisdn, created: flag() })) }),
    async handle({ market, body }, deps) {
      const people = body.customers.map((person, index) => {
        const place = `customers[${index}]`;
        refuseForeignLength(person.msisdn, market, `${place}.`);
        return {
          msisdn: person.msisdn,
          firstName: person.firstName ?? "Sandbox",
          lastName: person.lastName ?? "Customer",
          answer: person.answer ?? "approve",
          minor: minorUnits(person.balance ?? "0", market, `${place}.balance`),
        };
      });
      refuseTwice(
        people.map((person) => person.msisdn),
        "customers",
        "msisdn",
      );

      const created = await registerCustomers(deps.payments(market).context, people);
      const withHandset = people.filter((person) => created.has(person.msisdn) && isHandset(person.answer));
      await deps.phones(market).equip(withHandset.map((person) => person.msisdn));
      const funded = people.filter((person) => created.has(person.msisdn) && person.minor > 0n);
      await fundAll(
        deps,
        market,
        funded.map(({ msisdn: owner, minor }) => ({ account: { kind: "wallet", owner }, minor })),
      );
      return {
        customers: people.map((person) => ({ msisdn: person.msisdn, created: created.has(person.msisdn) })),
      };
    },
  }),

  route({
    method: "GET",
    path: "/markets/{market}/customers",
    does: "Lists customers in order of their numbers. `next` is what to pass as `after` for those that follow, or null.",
    query: object(
      {},
      {
        limit: text({
          pattern: "^[1-9][0-9]{0,2}$|^1000$",
          description: "How many, 1 to 1000; 100 without it.",
          examples: ["100"],
        }),
        after: text({
          pattern: "^[0-9]{1,14}$",
          description: "The number after which to begin.",
          examples: ["255750000001"],
        }),
      },
    ),
    status: 200,
    answers: object({ customers: list(customer), next: orNull(msisdn) }),
    async handle({ market, query }, { payments }) {
      const most = Number(query.limit ?? 100);
      const rows = await readWallets(payments(market).context.sql, query.after ?? "", most);
      const next = rows.length === most ? (rows.at(-1)?.msisdn ?? null) : null;
      return { customers: rows.map((row) => shown(row, market)), next };
    },
  }),

  route({
    method: "GET",
    path: "/markets/{market}/customers/{msisdn}",
    does: "Tells who a customer is, what is in their wallet, and how they answer prompts.",
    status: 200,
    answers: customer,
    fails: { 404: noSuchCustomer },
    handle: (asked, deps) => show(asked, deps),
  }),

  route({
    method: "PATCH",
    path: "/markets/{market}/customers/{msisdn}",
    does: "Changes how a customer answers prompts, or how their account stands. Who is asked from now on gets a handset with the PIN 1234, unless they have one.",
    body: object({}, { answer, status }),
    status: 200,
    answers: customer,
    fails: { 404: noSuchCustomer },
    async handle(asked, deps) {
      const { sql } = deps.payments(asked.market).context;
      const phones = deps.phones(asked.market);
      const number = customerIn(asked);
      const change = { answer: asked.body.answer ?? null, status: asked.body.status ?? null };
      if (!(await setWallet(sql, number, change))) throw new ControlError(404, noSuchCustomer);
      if (change.answer !== null) {
        if (isHandset(change.answer)) await phones.equip([number]);
        // What waited for a signal arrives with it.
        await phones.tell(number, { answer: change.answer });
      }
      return show(asked, deps);
    },
  }),

  route({
    method: "POST",
    path: "/markets/{market}/customers/{msisdn}/top-up",
    does: "Puts money into a wallet, or takes some off it.",
    body: object({ amount: signedAmount }),
    status: 200,
    answers: customer,
    fails: {
      404: noSuchCustomer,
      409: "The wallet does not hold what should be taken off, or cannot hold what should be put on it.",
    },
    async handle(asked, deps) {
      await topUp(deps, asked.market, { kind: "wallet", owner: customerIn(asked) }, asked.body.amount);
      return show(asked, deps);
    },
  }),
];

/** The number in the path; one that cannot be anybody's is nobody's. */
function customerIn(asked: Asked<unknown, unknown>): string {
  const number = asked.part("msisdn");
  if (!/^\d{11,14}$/.test(number)) throw new ControlError(404, noSuchCustomer);
  return number;
}

async function show(asked: Asked<unknown, unknown>, { payments }: ControlDeps) {
  const row = await readWallet(payments(asked.market).context.sql, customerIn(asked));
  if (row === undefined) throw new ControlError(404, noSuchCustomer);
  return shown(row, asked.market);
}

function shown({ availableMinor, heldMinor, ...row }: WalletRow, market: Market) {
  return {
    ...row,
    available: decimal(availableMinor, market),
    held: decimal(heldMinor, market),
    currency: markets[market].currency,
  };
}

/** Eleven digits are a number in Lesotho alone. */
export function refuseForeignLength(number: string, market: Market, place: string): void {
  const least = Math.min(12, markets[market].digits);
  if (number.length < least)
    throw new ControlError(400, `${place}msisdn has ${least} digits at least in this market.`);
}

/** One call says one thing about each: which of two balances would count? */
export function refuseTwice(keys: readonly string[], place: string, field: string): void {
  const seen = new Set<string>();
  for (const [index, key] of keys.entries()) {
    if (seen.has(key)) throw new ControlError(400, `${place}[${index}].${field} is in this list twice.`);
    seen.add(key);
  }
}
