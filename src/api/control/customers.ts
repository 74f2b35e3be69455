/** Customers: who lives in a market's sandbox, what is in their wallets, and how they answer prompts. */
import { markets, type Market } from "../../core/money.ts";
import { registerCustomers, type NewCustomer } from "../../payments/register.ts";
import {
  isHandsetBehaviour,
  readWallet,
  readWallets,
  updateWallet,
  type WalletRow,
} from "../../store/rail/accounts.ts";
import {
  amount,
  behaviour,
  currency,
  formatAmountMinor,
  parseAmountMinor,
  msisdn,
  plainText,
  amountOutput,
  signedAmount,
  status,
} from "./fields.ts";
import { fundAll, topUp } from "./funding.ts";
import { ControlError, defineRoute, type RouteRequest, type ControlDeps } from "./route.ts";
import { boolean, array, object, nullable, string } from "./schema.ts";

const customerResponse = object({
  msisdn,
  firstName: string({ examples: ["Amina"] }),
  lastName: string({ examples: ["Juma"] }),
  status,
  answer: behaviour,
  available: amountOutput,
  held: amountOutput,
  currency,
});

const newCustomerFields = object(
  { msisdn },
  {
    balance: amount,
    firstName: plainText("The first name, up to 60 characters.", 60),
    lastName: plainText("The last name, up to 60 characters.", 60),
    answer: behaviour,
  },
);

const noSuchCustomer = "Nobody in this market has this MSISDN.";

export const customerRoutes = [
  defineRoute({
    method: "POST",
    path: "/markets/{market}/customers",
    summary:
      "Registers customers, with money if a balance is given. One who is registered already keeps name, answer and balance: `created` is then false. Who is asked gets a handset with the PIN 1234.",
    body: object({ customers: array(newCustomerFields, { minItems: 1, maxItems: 10_000 }) }),
    status: 201,
    response: object({ customers: array(object({ msisdn, created: boolean() })) }),
    async handle({ market, body }, deps) {
      const customers = body.customers.map(
        (customer, index): NewCustomer & { readonly amountMinor: bigint } => {
          const path = `customers[${index}]`;
          assertMsisdnLength(customer.msisdn, market, `${path}.`);
          return {
            msisdn: customer.msisdn,
            firstName: customer.firstName ?? "Sandbox",
            lastName: customer.lastName ?? "Customer",
            behaviour: customer.answer ?? "approve",
            amountMinor: parseAmountMinor(customer.balance ?? "0", market, `${path}.balance`),
          };
        },
      );
      assertUnique(
        customers.map((customer) => customer.msisdn),
        "customers",
        "msisdn",
      );

      const created = await registerCustomers(deps.payments(market).context, customers);
      const withHandset = customers.filter(
        (customer) => created.has(customer.msisdn) && isHandsetBehaviour(customer.behaviour),
      );
      await deps.handsets(market).provision(withHandset.map((customer) => customer.msisdn));
      const funded = customers.filter(
        (customer) => created.has(customer.msisdn) && customer.amountMinor > 0n,
      );
      await fundAll(
        deps,
        market,
        funded.map((customer) => ({
          account: { kind: "wallet", owner: customer.msisdn },
          amountMinor: customer.amountMinor,
        })),
      );
      return {
        customers: customers.map((customer) => ({
          msisdn: customer.msisdn,
          created: created.has(customer.msisdn),
        })),
      };
    },
  }),

  defineRoute({
    method: "GET",
    path: "/markets/{market}/customers",
    summary:
      "Lists customers in order of their numbers. `next` is what to pass as `after` for those that follow, or null.",
    query: object(
      {},
      {
        limit: string({
          pattern: "^[1-9][0-9]{0,2}$|^1000$",
          description: "How many, 1 to 1000; 100 without it.",
          examples: ["100"],
        }),
        after: string({
          pattern: "^[0-9]{1,14}$",
          description: "The number after which to begin.",
          examples: ["255750000001"],
        }),
      },
    ),
    status: 200,
    response: object({ customers: array(customerResponse), next: nullable(msisdn) }),
    async handle({ market, query }, { payments }) {
      const limit = Number(query.limit ?? 100);
      const rows = await readWallets(payments(market).context.sql, query.after ?? "", limit);
      const next = rows.length === limit ? (rows.at(-1)?.msisdn ?? null) : null;
      return { customers: rows.map((row) => toResponse(row, market)), next };
    },
  }),

  defineRoute({
    method: "GET",
    path: "/markets/{market}/customers/{msisdn}",
    summary: "Tells who a customer is, what is in their wallet, and how they answer prompts.",
    status: 200,
    response: customerResponse,
    errors: { 404: noSuchCustomer },
    handle: (request, deps) => readCustomerResponse(request, deps),
  }),

  defineRoute({
    method: "PATCH",
    path: "/markets/{market}/customers/{msisdn}",
    summary:
      "Changes how a customer answers prompts, or how their account stands. Who is asked from now on gets a handset with the PIN 1234, unless they have one.",
    body: object({}, { answer: behaviour, status }),
    status: 200,
    response: customerResponse,
    errors: { 404: noSuchCustomer },
    async handle(request, deps) {
      const { sql } = deps.payments(request.market).context;
      const handsets = deps.handsets(request.market);
      const number = parseMsisdn(request);
      const { answer: newBehaviour, status: newStatus } = request.body;
      if (!(await updateWallet(sql, number, { behaviour: newBehaviour ?? null, status: newStatus ?? null })))
        throw new ControlError(404, noSuchCustomer);
      if (newBehaviour !== undefined) {
        if (isHandsetBehaviour(newBehaviour)) await handsets.provision([number]);
        // What waited for a signal arrives with it.
        await handsets.setBehaviour(number, { behaviour: newBehaviour });
      }
      return readCustomerResponse(request, deps);
    },
  }),

  defineRoute({
    method: "POST",
    path: "/markets/{market}/customers/{msisdn}/top-up",
    summary: "Puts money into a wallet, or takes some off it.",
    body: object({ amount: signedAmount }),
    status: 200,
    response: customerResponse,
    errors: {
      404: noSuchCustomer,
      409: "The wallet does not hold what should be taken off, or cannot hold what should be put on it.",
    },
    async handle(request, deps) {
      await topUp(deps, request.market, { kind: "wallet", owner: parseMsisdn(request) }, request.body.amount);
      return readCustomerResponse(request, deps);
    },
  }),
];

/** The number in the path; one that cannot be anybody's is nobody's. */
function parseMsisdn(request: RouteRequest<unknown, unknown>): string {
  const number = request.param("msisdn");
  if (!/^\d{11,14}$/.test(number)) throw new ControlError(404, noSuchCustomer);
  return number;
}

async function readCustomerResponse(request: RouteRequest<unknown, unknown>, { payments }: ControlDeps) {
  const row = await readWallet(payments(request.market).context.sql, parseMsisdn(request));
  if (row === undefined) throw new ControlError(404, noSuchCustomer);
  return toResponse(row, request.market);
}

function toResponse(row: WalletRow, market: Market) {
  return {
    msisdn: row.msisdn,
    firstName: row.firstName,
    lastName: row.lastName,
    status: row.status,
    answer: row.behaviour,
    available: formatAmountMinor(row.availableMinor, market),
    held: formatAmountMinor(row.heldMinor, market),
    currency: markets[market].currency,
  };
}

/** Eleven digits are a number in Lesotho alone. */
export function assertMsisdnLength(number: string, market: Market, path: string): void {
  const minLength = Math.min(12, markets[market].digits);
  if (number.length < minLength)
    throw new ControlError(400, `${path}msisdn has ${minLength} digits at least in this market.`);
}

/** One call says one thing about each: which of two balances would count? */
export function assertUnique(keys: readonly string[], path: string, field: string): void {
  const seen = new Set<string>();
  for (const [index, key] of keys.entries()) {
    if (seen.has(key)) throw new ControlError(400, `${path}[${index}].${field} is in this list twice.`);
    seen.add(key);
  }
}
