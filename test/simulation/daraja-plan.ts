/** The part of a plan that is about Daraja: organisations with validators, and payments in Kenya's market. */
import type { Random } from "./random.ts";

/** What a validator does with a payment. A payment's account number ends with the letter, so that the validator knows. */
export const validatorBehaviours = {
  accepts: "a",
  rejects: "r",
  hesitates: "h",
  is_silent: "s",
  dies: "d",
  talks_nonsense: "n",
} as const;

export type ValidatorBehaviour = keyof typeof validatorBehaviours;

export interface MerchantPlan {
  /** Index of the listener of its notifications. */
  readonly listener: number;
  /** Index of its validator; null if it does not validate. */
  readonly validator: number | null;
  /** What becomes of a payment without an answer. */
  readonly responseType: "Completed" | "Cancelled";
}

/** `simulate`: by the application. `menu`: by the customer. `soap`: a payout through the SOAP Broker. */
export type DarajaPaymentKind = "stk" | "simulate" | "menu" | "b2c" | "soap";

export interface DarajaStep {
  readonly do: "pay_daraja";
  readonly kind: DarajaPaymentKind;
  readonly customer: number;
  readonly merchant: number;
  readonly amount: number;
  readonly validation: ValidatorBehaviour;
}

export type DarajaFault =
  | { readonly do: "validator"; readonly validator: number; readonly up: boolean }
  | { readonly do: "callback_fault"; readonly kind: "lose" | "twice"; readonly times: number };

export const darajaCounts = { customers: 12, listeners: 3, validators: 2 } as const;

const kinds = { stk: 5, simulate: 4, menu: 2, b2c: 3, soap: 3 } as const;

const validations = {
  accepts: 6,
  rejects: 2,
  hesitates: 2,
  is_silent: 1,
  dies: 1,
  talks_nonsense: 1,
} as const satisfies Readonly<Record<ValidatorBehaviour, number>>;

/** Two of three validate, with both response types for each validator. */
export const createMerchantPlans = (random: Random): MerchantPlan[] =>
  Array.from({ length: 6 }, (_, index) => ({
    listener: random.integer(0, darajaCounts.listeners - 1),
    validator: index < 4 ? index % darajaCounts.validators : null,
    responseType: index < 2 ? "Completed" : "Cancelled",
  }));

export const createDarajaStep = (random: Random): DarajaStep => ({
  do: "pay_daraja",
  kind: random.weighted(kinds),
  customer: random.integer(0, darajaCounts.customers - 1),
  merchant: random.integer(0, 5),
  amount: random.integer(10, 60),
  validation: random.weighted(validations),
});

/** Some callbacks are lost, and some sent twice. */
export function createDarajaFaults(random: Random): DarajaFault[] {
  const faults: DarajaFault[] = [];
  for (const kind of ["lose", "twice"] as const)
    faults.push({ do: "callback_fault", kind, times: random.integer(1, 5) });
  return faults;
}
