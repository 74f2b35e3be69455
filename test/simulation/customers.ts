/** The customers of a simulation: they poll their handsets and reply by habit. */
import { setTimeout as sleep } from "node:timers/promises";
import { markets, type Market } from "../../src/core/markets.ts";
import type { Sql } from "../../src/store/driver/connect.ts";
import type { Server } from "../support/server.ts";
import type { CustomerPlan } from "./plan.ts";
import type { SimulationEnvironment } from "./environment.ts";

export interface SimulatedCustomer extends CustomerPlan {
  readonly msisdn: string;
}

const pin = "2468";

/** What each customer has at the beginning: enough for most payments. */
export const openingBalance = "500.00";

/** Registers all customers, each with a handset. Their numbers begin with the market's prefix and `numberStart`. */
export async function registerSimulatedCustomers(
  server: Server,
  market: Market,
  plans: readonly CustomerPlan[],
  numberStart = "7700",
): Promise<SimulatedCustomer[]> {
  const customers = plans.map((plan, index) => ({
    ...plan,
    msisdn: `${markets[market].prefix}${numberStart}${String(index).padStart(5, "0")}`,
  }));
  for (const { msisdn, name, answer } of customers) {
    await server.control("POST", `/markets/${market}/handsets`, {
      msisdn,
      firstName: name,
      lastName: "Simulated",
      balance: openingBalance,
      pin,
      answer,
    });
  }
  return customers;
}

export interface CustomersContext {
  readonly market: Market;
  /** The market's schema. */
  readonly sql: Sql;
  readonly environment: SimulationEnvironment;
  readonly customers: readonly SimulatedCustomer[];
}

/** Starts polling for prompts, several times a second. Returns a function that stops it. */
export function startCustomers({
  market,
  sql,
  environment,
  customers,
}: CustomersContext): () => Promise<void> {
  const stopping = new AbortController();
  const answered = new Set<string>();

  async function pollPrompts(): Promise<void> {
    const prompts = await sql<{ paymentId: bigint; msisdn: string }[]>`
      select payment_id as "paymentId", msisdn from prompts where shown_at is not null and ended_at is null`;
    await Promise.all(
      prompts.map(async ({ paymentId, msisdn }) => {
        const customer = customers.find((candidate) => candidate.msisdn === msisdn);
        if (customer === undefined || answered.has(`${paymentId}`)) return;
        await answerPrompt(await environment.server(), market, customer);
        answered.add(`${paymentId}`);
      }),
    );
  }

  const polling = (async () => {
    while (!stopping.signal.aborted) {
      // The database or the server may be down for a short time; the next poll tries again.
      await pollPrompts().catch(() => {});
      await sleep(50);
    }
  })();
  return async () => {
    stopping.abort();
    await polling;
  };
}

async function answerPrompt(
  server: Server,
  market: Market,
  { habit, msisdn, answer }: SimulatedCustomer,
): Promise<void> {
  if (answer !== "ask" && answer !== "loses_signal") return;
  const sendReply = (reply: "approve" | "decline", typedPin: string): Promise<unknown> =>
    server
      .control("POST", `/markets/${market}/handsets/${msisdn}/answer`, { says: reply, pin: typedPin })
      .catch(refusedOrGone);
  if (habit === "approves") await sendReply("approve", pin);
  else if (habit === "declines") await sendReply("decline", pin);
  else if (habit === "mistypes") {
    await sendReply("approve", "1111");
    await sendReply("approve", pin);
  } else if (habit === "forgets_pin") {
    for (const typedPin of ["1111", "2222", "3333"]) await sendReply("approve", typedPin);
  }
}

/** A refusal is a response; a broken connection is not, and the next poll tries again. */
function refusedOrGone(error: unknown): void {
  if (error instanceof Error && error.message.includes(" answered ")) return;
  throw error;
}
