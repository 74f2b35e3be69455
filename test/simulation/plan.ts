/**
 * The plan of a simulation: customers, listeners, payments and faults, all from a seed.
 *
 * The plan is the same for the same seed. The interleaving depends on real processes, real sockets and a real
 * database, which is intended: the invariants must hold for every interleaving.
 */
import type { PromptBehaviour } from "../../src/store/rail/accounts.ts";
import {
  createDarajaFaults,
  createDarajaStep,
  createMerchantPlans,
  darajaCounts,
  type DarajaFault,
  type DarajaStep,
  type MerchantPlan,
} from "./daraja-plan.ts";
import { createIpgV1Step, ipgV1CustomerCount, type IpgV1Step, type MozambiquePlan } from "./ipg-v1.ts";
import { createRandom, type Random } from "./random.ts";

/** How a customer replies to a prompt. */
export type PromptHabit = "approves" | "declines" | "mistypes" | "forgets_pin" | "sleeps";

export interface CustomerPlan {
  readonly name: string;
  readonly answer: PromptBehaviour;
  readonly habit: PromptHabit;
}

/** What a listener does while it is up; the plan takes each one down and up again. */
export type ListenerBehaviour = "acknowledges" | "mumbles" | "hesitates" | "drops" | "refuses_first";

export interface ListenerPlan {
  readonly behaviour: ListenerBehaviour;
}

export type PaymentKind = "collect" | "hold" | "pay_out" | "consent" | "reverse" | "commit" | "release";

export interface PaymentStep {
  readonly do: "pay";
  readonly kind: PaymentKind;
  readonly customer: number;
  /** Index of the listener that gets the result; null waits for the response. */
  readonly listener: number | null;
  readonly amount: number;
  /** For follow-ups: which of the suitable earlier payments, counted from the newest. */
  readonly earlier: number;
}

export type Step =
  | PaymentStep
  | DarajaStep
  | DarajaFault
  | IpgV1Step
  | { readonly do: "jump"; readonly seconds: number }
  /** The listeners of Daraja come after the others, and that of IPG v1 is the last one. */
  | { readonly do: "listener"; readonly listener: number; readonly up: boolean }
  | { readonly do: "kill_server"; readonly server: number }
  | { readonly do: "kill_database" };

export interface SimulationPlan {
  readonly seed: number;
  readonly customers: readonly CustomerPlan[];
  readonly listeners: readonly ListenerPlan[];
  readonly kenya: KenyaPlan;
  /** Mozambique's market, whose payments are IPG v1's. */
  readonly mozambique: MozambiquePlan;
  readonly steps: readonly Step[];
}

/** Kenya's market, whose payments are Daraja's. */
export interface KenyaPlan {
  readonly customers: readonly CustomerPlan[];
  readonly listeners: readonly ListenerPlan[];
  readonly merchants: readonly MerchantPlan[];
}

const habits = { approves: 6, declines: 2, mistypes: 2, forgets_pin: 1, sleeps: 2 } as const;

const answers: Readonly<Record<PromptBehaviour, number>> = {
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

const behaviours = { acknowledges: 3, mumbles: 1, hesitates: 1, drops: 1, refuses_first: 2 } as const;

const kinds = { collect: 12, hold: 3, pay_out: 3, consent: 2, reverse: 2, commit: 2, release: 1 } as const;

/** How many kills and jumps a run has: several, but few enough that most steps are payments. */
const faultCounts = { serverKills: 3, databaseKills: 2, jumps: 5 } as const;

/** One Daraja payment for so many OpenAPI payments, and one of IPG v1. */
const paymentsPerDarajaPayment = 2;
const paymentsPerIpgV1Payment = 4;

export function createPlan(seed: number, payments: number): SimulationPlan {
  const random = createRandom(seed);
  const customers = createCustomers(random, 24);
  const listeners = createListeners(random, 4);
  const steps: Step[] = Array.from({ length: payments }, () =>
    createPayment(random, customers.length, listeners.length),
  );
  for (const step of createFaults(random, listeners.length)) insertStep(random, steps, step);

  // Numbers of its own, so that the payments above do not depend on this part.
  const darajaRandom = createRandom(seed + 1_000_000);
  const kenya: KenyaPlan = {
    customers: createCustomers(darajaRandom, darajaCounts.customers),
    listeners: createListeners(darajaRandom, darajaCounts.listeners),
    merchants: createMerchantPlans(darajaRandom),
  };
  const darajaSteps: Step[] = [
    ...Array.from({ length: Math.ceil(payments / paymentsPerDarajaPayment) }, () =>
      createDarajaStep(darajaRandom),
    ),
    ...createDarajaFaults(darajaRandom),
    ...kenya.listeners.flatMap((_, index) =>
      [false, true].map((up): Step => ({ do: "listener", listener: listeners.length + index, up })),
    ),
  ];
  for (const step of darajaSteps) insertStep(darajaRandom, steps, step);
  for (let validator = 0; validator < darajaCounts.validators; validator += 1)
    insertOutage(darajaRandom, steps, validator);

  const ipgV1Random = createRandom(seed + 2_000_000);
  const mozambique: MozambiquePlan = {
    customers: createCustomers(ipgV1Random, ipgV1CustomerCount),
    listener: { behaviour: ipgV1Random.weighted(behaviours) },
  };
  for (let count = 0; count < payments; count += paymentsPerIpgV1Payment)
    insertStep(ipgV1Random, steps, createIpgV1Step(ipgV1Random));
  for (const up of [false, true])
    insertStep(ipgV1Random, steps, {
      do: "listener",
      listener: listeners.length + kenya.listeners.length,
      up,
    });
  return { seed, customers, listeners, kenya, mozambique, steps };
}

const insertStep = (random: Random, steps: Step[], step: Step): void =>
  void steps.splice(random.integer(1, steps.length), 0, step);

/** A validator is down for a tenth of the plan. */
function insertOutage(random: Random, steps: Step[], validator: number): void {
  const length = Math.ceil(steps.length / 10);
  const from = random.integer(1, steps.length - length);
  steps.splice(from + length, 0, { do: "validator", validator, up: true });
  steps.splice(from, 0, { do: "validator", validator, up: false });
}

const createCustomers = (random: Random, count: number): CustomerPlan[] =>
  Array.from({ length: count }, (_, index) => ({
    name: `Person ${index + 1}`,
    answer: random.weighted(answers),
    habit: random.weighted(habits),
  }));

const createListeners = (random: Random, count: number): ListenerPlan[] =>
  Array.from({ length: count }, () => ({ behaviour: random.weighted(behaviours) }));

function createPayment(random: Random, customerCount: number, listenerCount: number): Step {
  return {
    do: "pay",
    kind: random.weighted(kinds),
    customer: random.integer(0, customerCount - 1),
    listener: random.next() < 0.75 ? random.integer(0, listenerCount - 1) : null,
    amount: random.integer(1, 60),
    earlier: random.integer(0, 20),
  };
}

function createFaults(random: Random, listenerCount: number): Step[] {
  const { serverKills, databaseKills, jumps } = faultCounts;
  const steps: Step[] = [];
  for (let i = 0; i < serverKills; i += 1) steps.push({ do: "kill_server", server: i % 2 });
  for (let i = 0; i < databaseKills; i += 1) steps.push({ do: "kill_database" });
  for (let i = 0; i < jumps; i += 1) steps.push({ do: "jump", seconds: random.pick([5, 30, 95, 700, 4000]) });
  for (let i = 0; i < 2 * listenerCount; i += 1) {
    steps.push({ do: "listener", listener: i % listenerCount, up: random.next() < 0.5 });
  }
  return steps;
}
