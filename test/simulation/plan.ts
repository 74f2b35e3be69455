/**
 * What a simulated town will do: people, listeners, payments and misfortunes, all of it from a seed.
 *
 * The plan is the same for the same seed. How it interleaves is up to real processes, real sockets and
 * a real database, which is the point: the invariants must hold whatever they make of it.
 */
import type { StandingAnswer } from "../../src/store/accounts.ts";
import { randomFrom, type Random } from "./random.ts";

/** How somebody answers a prompt that is left to them. */
export type Temper = "approves" | "declines" | "mistypes" | "forgets_pin" | "sleeps";

export interface Person {
  readonly name: string;
  readonly answer: StandingAnswer;
  readonly temper: Temper;
}

/** What a listener does while it is "up"; each is taken down and brought up again by the plan. */
export type Manner = "acknowledges" | "mumbles" | "hesitates" | "drops" | "refuses_first";

export interface ListenerPlan {
  readonly manner: Manner;
}

export type PaymentKind = "collect" | "hold" | "pay_out" | "consent" | "reverse" | "commit" | "release";

export interface PaymentStep {
  readonly do: "pay";
  readonly kind: PaymentKind;
  readonly person: number;
  /** Which listener is told; null waits for the answer. */
  readonly listener: number | null;
  readonly amount: number;
  /** For what is done to an earlier payment: which of those that can be, counted from the newest. */
  readonly earlier: number;
}

export type Step =
  | PaymentStep
  | { readonly do: "jump"; readonly seconds: number }
  | { readonly do: "listener"; readonly listener: number; readonly up: boolean }
  | { readonly do: "kill_server"; readonly server: number }
  | { readonly do: "kill_database" };

export interface Plan {
  readonly seed: number;
  readonly people: readonly Person[];
  readonly listeners: readonly ListenerPlan[];
  readonly steps: readonly Step[];
}

const tempers = { approves: 6, declines: 2, mistypes: 2, forgets_pin: 1, sleeps: 2 } as const;

const answers: Readonly<Record<StandingAnswer, number>> = {
  approve: 4,
  decline: 1,
  ignore: 1,
  ask: 10,
  off: 1,
  no_signal: 1,
  slow: 2,
  late: 1,
  loses_signal: 1,
};

const manners = { acknowledges: 3, mumbles: 1, hesitates: 1, drops: 1, refuses_first: 2 } as const;

const kinds = { collect: 12, hold: 3, pay_out: 3, consent: 2, reverse: 2, commit: 2, release: 1 } as const;

/** How many kills and jumps a run has: enough to hurt, few enough that most of it is payments. */
const misfortunes = { serverKills: 3, databaseKills: 2, jumps: 5 } as const;

export function planFrom(seed: number, payments: number): Plan {
  const random = randomFrom(seed);
  const people = Array.from({ length: 24 }, (_, index): Person => ({
    name: `Person ${index + 1}`,
    answer: random.weighted(answers),
    temper: random.weighted(tempers),
  }));
  const listeners = Array.from({ length: 4 }, (): ListenerPlan => ({ manner: random.weighted(manners) }));
  const steps: Step[] = Array.from({ length: payments }, () =>
    payment(random, people.length, listeners.length),
  );
  for (const step of troubles(random, listeners.length)) steps.splice(random.whole(1, steps.length), 0, step);
  return { seed, people, listeners, steps };
}

function payment(random: Random, people: number, listeners: number): Step {
  return {
    do: "pay",
    kind: random.weighted(kinds),
    person: random.whole(0, people - 1),
    listener: random.next() < 0.75 ? random.whole(0, listeners - 1) : null,
    amount: random.whole(1, 60),
    earlier: random.whole(0, 20),
  };
}

function troubles(random: Random, listeners: number): Step[] {
  const { serverKills, databaseKills, jumps } = misfortunes;
  const steps: Step[] = [];
  for (let i = 0; i < serverKills; i += 1) steps.push({ do: "kill_server", server: i % 2 });
  for (let i = 0; i < databaseKills; i += 1) steps.push({ do: "kill_database" });
  for (let i = 0; i < jumps; i += 1) steps.push({ do: "jump", seconds: random.pick([5, 30, 95, 700, 4000]) });
  for (let i = 0; i < 2 * listeners; i += 1) {
    steps.push({ do: "listener", listener: i % listeners, up: random.next() < 0.5 });
  }
  return steps;
}
