/** What a decision is given: locked accounts, an earlier payment, mandates and counts, made by hand. */
import { Book, operator, type Account } from "../../src/ledger/book.ts";
import type { Decision, Facts, Request } from "../../src/payments/order.ts";
import type { MandateRow } from "../../src/store/mandates.ts";
import type { LockedPayment } from "../../src/store/payments.ts";

let ids = 0n;

export function account(
  kind: Account["kind"],
  owner: string,
  availableMinor = 0n,
  change: Partial<Account> = {},
): Account {
  const base = {
    id: (ids += 1n),
    kind,
    owner,
    status: "active",
    answer: "approve",
    availableMinor,
    heldMinor: 0n,
    counts: "",
    recent: "",
    hasHandset: false,
  };
  return { ...base, ...change } as Account;
}

export const shop = () => account("working", "000000", 1000_00n);
export const amina = (availableMinor = 100_00n, change: Partial<Account> = {}) =>
  account("wallet", "255750000001", availableMinor, change);
export const float = () => account("float", operator, -1_000_000_00n);

const unused = { count: 0, valueMinor: 0n };

export const facts = (accounts: readonly Account[], change: Partial<Facts> = {}): Facts => ({
  book: new Book(accounts),
  now: Date.UTC(2026, 10, 21, 9),
  today: { day: 20261121, minute: 720 },
  original: undefined,
  mandates: [],
  periodPaid: () => false,
  usage: { session: { ...unused }, customer: { ...unused } },
  ...change,
});

export const asks: Request = {
  id: 1n,
  product: "c2bSingle",
  caller: {
    applicationId: 7n,
    session: "ab",
    shortcodes: new Set(["000000"]),
    protocol: "openapi-v2",
    responseUrl: null,
  },
  scope: {},
  organisation: "000000",
  reference: "mine",
  scenario: null,
};

export const payment = (change: Partial<LockedPayment> = {}): LockedPayment => ({
  id: 9n,
  use: "collection",
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
  voucher: null,
  listened: false,
  at: new Date(0),
  endedAt: new Date(0),
  debitKind: "wallet",
  debitOwner: "255750000001",
  creditKind: "working",
  creditOwner: "000000",
  heldMinor: null,
  heldProtocol: null,
  heldUrl: null,
  heldUntil: null,
  heldKind: null,
  promptedMandate: null,
  ...change,
});

export const mandate = (change: Partial<MandateRow> = {}): MandateRow => ({
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
  createdAt: new Date(0),
  ...change,
});

/** The refusal, or what happens instead: `completed` or `held`. */
export const verdict = (decision: Decision): string =>
  decision.outcome === "refused" ? decision.refusal : decision.outcome;

/** `wallet 255750000001 > working 000000 3000 collection`, one line for each move. */
export const movesOf = (decision: Decision): string[] =>
  decision.outcome === "refused"
    ? []
    : (decision.moves ?? []).map(
        ({ from, to, minor, why }) => `${from.kind} ${from.owner} > ${to.kind} ${to.owner} ${minor} ${why}`,
      );
