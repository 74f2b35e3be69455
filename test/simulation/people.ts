/** The people of a simulated town: they look at their handsets and do what their temper says. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Sql } from "../../src/store/connect.ts";
import type { Server } from "../town/server.ts";
import type { Person } from "./plan.ts";
import type { World } from "./world.ts";

export interface Resident extends Person {
  readonly msisdn: string;
}

const pin = "2468";

/** Registers them all, with a handset each and enough money for most of what is asked of them. */
export async function moveIn(server: Server, persons: readonly Person[]): Promise<Resident[]> {
  const residents = persons.map((person, index) => ({
    ...person,
    msisdn: `2557700${String(index).padStart(5, "0")}`,
  }));
  for (const { msisdn, name, answer } of residents) {
    await server.control("POST", "/markets/vodacomTZN/handsets", {
      msisdn,
      firstName: name,
      lastName: "Simulated",
      balance: "500.00",
      pin,
      answer,
    });
  }
  return residents;
}

/** Starts everybody looking, a few times a second. Returns what stops them. */
export function people(sql: Sql, world: World, residents: readonly Resident[]): () => Promise<void> {
  const stopping = new AbortController();
  const answered = new Set<string>();

  async function look(): Promise<void> {
    const prompts = await sql<{ paymentId: bigint; msisdn: string }[]>`
      select payment_id as "paymentId", msisdn from prompts where shown_at is not null and ended_at is null`;
    await Promise.all(
      prompts.map(async ({ paymentId, msisdn }) => {
        const resident = residents.find((each) => each.msisdn === msisdn);
        if (resident === undefined || answered.has(`${paymentId}`)) return;
        await react(await world.server(), resident);
        answered.add(`${paymentId}`);
      }),
    );
  }

  const looking = (async () => {
    while (!stopping.signal.aborted) {
      // The database or the server may be away for a moment: they look again.
      await look().catch(() => {});
      await sleep(50);
    }
  })();
  return async () => {
    stopping.abort();
    await looking;
  };
}

async function react(server: Server, { temper, msisdn, answer }: Resident): Promise<void> {
  if (answer !== "ask" && answer !== "loses_signal") return;
  const say = (says: "approve" | "decline", typed: string): Promise<unknown> =>
    server
      .control("POST", `/markets/vodacomTZN/handsets/${msisdn}/answer`, { says, pin: typed })
      .catch(refusedOrGone);
  if (temper === "approves") await say("approve", pin);
  else if (temper === "declines") await say("decline", pin);
  else if (temper === "mistypes") {
    await say("approve", "1111");
    await say("approve", pin);
  } else if (temper === "forgets_pin") {
    for (const typed of ["1111", "2222", "3333"]) await say("approve", typed);
  }
}

/** A refusal is an answer; a broken connection is not, and is tried again by looking again. */
function refusedOrGone(error: unknown): void {
  if (error instanceof Error && error.message.includes(" answered ")) return;
  throw error;
}
