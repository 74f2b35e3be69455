/** Sandbox customers of a market, their wallets, and how they answer prompts. */
import { Type } from "typebox";
import { plainText } from "../../core/fields.ts";
import { markets, type Market } from "../../core/markets.ts";
import { minMsisdnDigits } from "../../core/msisdn.ts";
import { registerCustomers, type NewCustomer } from "../../payments/register.ts";
import {
  isHandsetBehaviour,
  readWallet,
  readWallets,
  updateWallet,
  type WalletRow,
} from "../../store/rail/accounts.ts";
import { setPochi } from "../../store/rail/customers.ts";
import { object, nullable } from "../../core/schema.ts";
import {
  amount,
  behaviour,
  currency,
  formatAmountMinor,
  parseAmountMinor,
  msisdn,
  amountOutput,
  signedAmount,
  status,
} from "./fields.ts";
import { floatExhausted, fundAll, topUp } from "./funding.ts";
import { ApiError } from "../api-error.ts";
import { defineRoute, type ControlDeps } from "./route.ts";

const pochi = Type.Boolean({
  description: "Whether the wallet takes payments for a small business (Pochi la Biashara).",
});

const customerResponse = object({
  msisdn,
  firstName: Type.String({ examples: ["Amina"] }),
  lastName: Type.String({ examples: ["Juma"] }),
  status,
  answer: behaviour,
  available: amountOutput,
  held: amountOutput,
  currency,
  pochi,
});

const newCustomerFields = object(
  { msisdn },
  {
    balance: amount,
    firstName: plainText("The first name, up to 60 characters.", 60),
    lastName: plainText("The last name, up to 60 characters.", 60),
    answer: behaviour,
    pochi,
  },
);

const noSuchCustomer = "No customer in this market has this MSISDN.";

export const customerRoutes = [
  defineRoute({
    method: "POST",
    path: "/markets/{market}/customers",
    summary:
      "Registers customers, with an optional opening balance. A customer who is already registered keeps name, answer and balance, and `created` is false. Customers who answer on a handset (`ask` and similar) get one with the PIN 1234.",
    body: object({ customers: Type.Array(newCustomerFields, { minItems: 1, maxItems: 10_000 }) }),
    status: 201,
    response: object({ customers: Type.Array(object({ msisdn, created: Type.Boolean() })) }),
    errors: { 409: floatExhausted },
    async handle({ params: { market }, body }, deps) {
      const customers = body.customers.map(
        (customer, index): NewCustomer & { readonly amountMinor: bigint } => {
          const path = `customers[${index}]`;
          assertMsisdnLength(customer.msisdn, market, `${path}.`);
          return {
            msisdn: customer.msisdn,
            firstName: customer.firstName ?? "Sandbox",
            lastName: customer.lastName ?? "Customer",
            behaviour: customer.answer ?? "approve",
            pochi: customer.pochi ?? false,
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
      "Lists customers by MSISDN. Pass `next` as `after` to get the next page; it is null on the last page.",
    query: object(
      {},
      {
        limit: Type.String({
          pattern: "^[1-9][0-9]{0,2}$|^1000$",
          description: "The page size, 1 to 1000; default 100.",
          examples: ["100"],
        }),
        after: Type.String({
          pattern: "^[0-9]{1,14}$",
          description: "List only customers with a higher MSISDN.",
          examples: ["255750000001"],
        }),
      },
    ),
    status: 200,
    response: object({ customers: Type.Array(customerResponse), next: nullable(msisdn) }),
    async handle({ params: { market }, query }, { payments }) {
      const limit = Number(query.limit ?? 100);
      const rows = await readWallets(payments(market).context.sql, query.after ?? "", limit);
      const next = rows.length === limit ? (rows.at(-1)?.msisdn ?? null) : null;
      return { customers: rows.map((row) => toResponse(row, market)), next };
    },
  }),

  defineRoute({
    method: "GET",
    path: "/markets/{market}/customers/{msisdn}",
    summary: "Returns a customer's name, wallet balance, and how they answer prompts.",
    status: 200,
    response: customerResponse,
    errors: { 404: noSuchCustomer },
    handle: ({ params }, deps) => readCustomerResponse(params, deps),
  }),

  defineRoute({
    method: "PATCH",
    path: "/markets/{market}/customers/{msisdn}",
    summary:
      "Changes how a customer answers prompts, the status of their account, or whether it takes payments for a small business. A customer who answers on a handset from now on gets one with the PIN 1234, unless they have one.",
    body: object({}, { answer: behaviour, status, pochi }),
    status: 200,
    response: customerResponse,
    errors: { 404: noSuchCustomer },
    async handle({ params, body }, deps) {
      const { market, msisdn: number } = params;
      const { sql } = deps.payments(market).context;
      const handsets = deps.handsets(market);
      const { answer: newBehaviour, status: newStatus, pochi: newPochi } = body;
      if (!(await updateWallet(sql, number, { behaviour: newBehaviour ?? null, status: newStatus ?? null })))
        throw new ApiError(404, noSuchCustomer);
      if (newPochi !== undefined) await setPochi(sql, number, newPochi);
      if (newBehaviour !== undefined) {
        if (isHandsetBehaviour(newBehaviour)) await handsets.provision([number]);
        // Delivers what waited for a signal.
        await handsets.setBehaviour(number, { behaviour: newBehaviour });
      }
      return readCustomerResponse(params, deps);
    },
  }),

  defineRoute({
    method: "POST",
    path: "/markets/{market}/customers/{msisdn}/top-up",
    summary: "Adds money to a wallet, or removes it with a negative amount.",
    body: object({ amount: signedAmount }),
    status: 200,
    response: customerResponse,
    errors: {
      404: noSuchCustomer,
      409: "The balance is too low for the amount to remove, or would exceed the maximum.",
    },
    async handle({ params, body }, deps) {
      await topUp(deps, params.market, { kind: "wallet", owner: params.msisdn }, body.amount);
      return readCustomerResponse(params, deps);
    },
  }),
] as const;

async function readCustomerResponse(
  { market, msisdn: number }: { readonly market: Market; readonly msisdn: string },
  { payments }: ControlDeps,
) {
  const row = await readWallet(payments(market).context.sql, number);
  if (row === undefined) throw new ApiError(404, noSuchCustomer);
  return toResponse(row, market);
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
    pochi: row.pochi,
  };
}

export function assertMsisdnLength(number: string, market: Market, path: string): void {
  const minLength = minMsisdnDigits(market);
  if (number.length < minLength)
    throw new ApiError(400, `${path}msisdn must have at least ${minLength} digits in this market.`);
}

/** A list with two entries for one customer would be ambiguous: they may have different balances. */
export function assertUnique(keys: readonly string[], path: string, field: string): void {
  const seen = new Set<string>();
  for (const [index, key] of keys.entries()) {
    if (seen.has(key)) throw new ApiError(400, `${path}[${index}].${field} is in the list twice.`);
    seen.add(key);
  }
}
