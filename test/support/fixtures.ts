/** Inputs of a decision: locked accounts, an earlier payment, mandates and usage, built by hand. */
import { LockedAccounts, operator, type Account } from "../../src/ledger/locked-accounts.ts";
import type { Decision, LockedState, PaymentRequest } from "../../src/payments/instruction.ts";
import { emptyTariff } from "../../src/payments/tariffs.ts";
import type { MandateRow } from "../../src/store/rail/mandates.ts";
import type { LockedPayment } from "../../src/store/rail/payments.ts";

let lastAccountId = 0n;

export function createAccount(
  kind: Account["kind"],
  owner: string,
  availableMinor = 0n,
  overrides: Partial<Account> = {},
): Account {
  const base: Account = {
    id: (lastAccountId += 1n),
    kind,
    owner,
    status: "active",
    behaviour: "approve",
    availableMinor,
    heldMinor: 0n,
    dailyUsage: "",
    recentPayments: "",
    openPrompts: "",
    blockedOrganisations: "",
    hasHandset: false,
  };
  return { ...base, ...overrides };
}

export const createOrganisationAccount = () => createAccount("working", "000000", 1000_00n);
export const createWallet = (availableMinor = 100_00n, overrides: Partial<Account> = {}) =>
  createAccount("wallet", "255750000001", availableMinor, overrides);
export const createFloat = () => createAccount("float", operator, -1_000_000_00n);

const noUsage = { count: 0, valueMinor: 0n };

export const createLockedState = (
  accounts: readonly Account[],
  overrides: Partial<LockedState> = {},
): LockedState => ({
  accounts: new LockedAccounts(accounts),
  now: Date.UTC(2026, 10, 21, 9),
  today: { day: 20261121, minute: 720 },
  original: undefined,
  mandates: [],
  findExistingMandate: () => ({ mandate: null, promptedBy: null }),
  periodPaid: () => false,
  usage: { session: { ...noUsage }, customer: { ...noUsage } },
  isRefusalLimitReached: () => false,
  tariff: emptyTariff,
  ...overrides,
});

export const paymentRequest: PaymentRequest = {
  id: 1n,
  operation: "c2bSingle",
  caller: {
    applicationId: 7n,
    session: "ab",
    shortcodes: new Set(["000000"]),
    protocol: "openapi-v2",
    endpoints: null,
  },
  limits: {},
  organisation: "000000",
  organisationAccount: "working",
  reference: "mine",
  simulation: null,
};

export const createLockedPayment = (overrides: Partial<LockedPayment> = {}): LockedPayment => ({
  id: 9n,
  type: "collection",
  protocol: "openapi-v2",
  operation: "c2bSingle",
  status: "completed",
  refusal: null,
  amountMinor: 30_00n,
  reversedMinor: 0n,
  debitAccount: 1n,
  creditAccount: 2n,
  organisation: "000000",
  counterparty: "255750000001",
  applicationId: 7n,
  reference: "theirs",
  customerReference: "",
  description: "",
  originalId: null,
  mandateId: null,
  holdCode: null,
  receipt: null,
  notificationsOwed: 0,
  thirdPartyReference: null,
  at: new Date(0),
  endedAt: new Date(0),
  debitKind: "wallet",
  debitOwner: "255750000001",
  creditKind: "working",
  creditOwner: "000000",
  heldMinor: null,
  heldEndpoints: null,
  heldUntil: null,
  heldKind: null,
  promptedMandate: null,
  promptDisplayed: true,
  ...overrides,
});

export const createMandateRow = (overrides: Partial<MandateRow> = {}): MandateRow => ({
  id: 15001n,
  paymentId: 8n,
  applicationId: 7n,
  organisation: "000000",
  msisdn: "255750000001",
  reference: "rent",
  frequency: null,
  firstPaymentDay: null,
  expiryDay: null,
  rangeStart: null,
  rangeEnd: null,
  cancelledAt: null,
  expiredAt: null,
  createdAt: new Date(0),
  ...overrides,
});

/** The refusal, or the outcome: `completed` or `held`. */
export const getOutcome = (decision: Decision): string =>
  decision.outcome === "refused" ? decision.refusal : decision.outcome;

/** `wallet 255750000001 > working 000000 3000 collection`, one line per posting. */
export const formatPostings = (decision: Decision): string[] =>
  decision.outcome === "refused"
    ? []
    : (decision.postings ?? []).map(
        ({ from, to, amountMinor, type }) =>
          `${from.kind} ${from.owner} > ${to.kind} ${to.owner} ${amountMinor} ${type}`,
      );
