/**
 * The facade of this folder: one function per payment operation.
 *
 * Protocols call these functions and never change a balance themselves. Each call that moves money becomes
 * an instruction (`instruction.ts`), and the batcher (`engine/batcher.ts`) posts it together with others.
 */
import { randomInt } from "node:crypto";
import type { Clock } from "../core/clock.ts";
import type { Id, PublicIds } from "../core/ids.ts";
import { markets } from "../core/markets.ts";
import type { Rail } from "../core/rails.ts";
import type { AccountName } from "../store/rail/accounts.ts";
import type { Sql } from "../store/driver/connect.ts";
import type { PaymentRow, PaymentType } from "../store/rail/payments.ts";
import { decidePromptAnswer, type PromptReply } from "./rules/answer-prompt.ts";
import { decideCollection, type Collection } from "./rules/collect.ts";
import {
  decideOrganisationCollection,
  type OrganisationCollection,
} from "./rules/collect-from-organisation.ts";
import {
  decideCancellation,
  decideDebit,
  decideMandate,
  toMandateKey,
  toMandateName,
} from "./rules/mandate.ts";
import type { Debit, MandateCreation, MandateUse } from "./rules/mandate.ts";
import { listChargeAccounts, toCollectionUse } from "./rules/charges.ts";
import { decidePayout, type Payout } from "./rules/pay-out.ts";
import { decideReversal, type Reversal } from "./rules/reverse.ts";
import { decideHoldCompletion, type HoldCompletion } from "./rules/complete-hold.ts";
import { decideTransfer, type Transfer } from "./rules/transfer.ts";
import { toCounterName } from "./customer-usage.ts";
import { toReferenceKey, toSessionUsageKey } from "./idempotency-keys.ts";
import { createBatcher, type Batcher } from "./engine/batcher.ts";
import { createCommitEvents, type CommitEvents } from "./commit-events.ts";
import type {
  CustomerCounter,
  Instruction,
  InstructionRecord,
  Outcome,
  PaymentRequest,
} from "./instruction.ts";
import { floatAccount } from "./engine/post-batch.ts";
import type { OwedNotificationsByProtocol } from "./notifications.ts";
import type { PromptLimits, PromptLimitsByProtocol } from "./open-prompts.ts";
import { emptyTariff, type Tariff } from "./tariffs.ts";
import { createReceipts, hasDatedReceipts, type ReceiptFormatter } from "./receipts.ts";
import { createPendingPrompts, type PendingPrompts } from "./pending-prompts.ts";

export type { PaymentRow, PaymentType };

/** The dependencies of all payment functions, for one rail. */
export interface RailContext {
  readonly rail: Rail;
  /** The pool of the primary database. Reads see all earlier writes. */
  readonly sql: Sql;
  readonly clock: Clock;
  readonly publicIds: PublicIds;
  readonly formatReceipt: ReceiptFormatter;
  readonly newId: () => Id;
  /** What each protocol's payments owe to their callers' URLs. */
  readonly owedNotifications: OwedNotificationsByProtocol;
  /** How long a two-step payment holds the money, in milliseconds. */
  readonly twoStepHoldMs: number;
  /** How long a customer has to answer a prompt, in milliseconds of business time. */
  readonly promptLifeMs: number;
  /** How long an organisation's server has to answer a validation, in milliseconds of wall time. */
  readonly validationTimeoutMs: number;
  /** How many prompts the requests of each protocol may leave open. */
  readonly promptLimits: PromptLimitsByProtocol;
  /** How many requests of an application a customer may refuse in a day (`customer-refusals.ts`). */
  readonly maxCustomerRefusals: number;
  /** What organisations are charged in this market. */
  readonly tariff: Tariff;
}

/** Texts that are stored with a payment and do not affect the decision. */
export interface Narrative {
  /** The caller's text for the customer. */
  readonly customerReference: string;
  readonly description: string;
}

export const emptyNarrative: Narrative = { customerReference: "", description: "" };

/** The request without the fields that the rail's settings determine. */
type CallerFields<T extends { promptLifeMs: number }> = Omit<T, "promptLifeMs" | "promptLimits" | "twoStep">;

/** The payment functions of one rail. Each resolves with an outcome, also if it is a refusal. */
export interface Payments {
  readonly context: RailContext;
  readonly batcher: Batcher;
  /** Notifies subscribers of every commit of this server. */
  readonly commitEvents: CommitEvents;
  /** Lets synchronous callers wait for a customer's reply. */
  readonly pendingPrompts: PendingPrompts;
  /** Moves the money, or holds it and sends a prompt to the customer's handset. */
  collect(payment: CallerFields<Collection> & Narrative): Promise<Outcome>;
  /** Holds the money and returns the voucher that commits it. The customer may have to approve a prompt first. */
  collectInTwoSteps(payment: CallerFields<Collection> & Narrative): Promise<Outcome>;
  /** Sends a prompt to the person who may decide for an organisation that is to pay. */
  collectFromOrganisation(payment: CallerFields<OrganisationCollection> & Narrative): Promise<Outcome>;
  /**
   * Closes a prompt with the handset's reply. A second reply, or a late one, is refused with
   * `prompt_not_open` and changes nothing. `id` is the id of the reply, not of the payment.
   */
  answerPrompt(answer: {
    readonly id: Id;
    readonly paymentId: Id;
    readonly reply: PromptReply;
  }): Promise<Outcome>;
  completeHold(
    completion: HoldCompletion & { readonly paymentId: Id | null; readonly transactionId: string },
  ): Promise<Outcome>;
  payOut(payment: Payout & Narrative): Promise<Outcome>;
  transfer(payment: Transfer & Narrative): Promise<Outcome>;
  reverse(reversal: Reversal & Partial<Narrative> & { readonly paymentId: Id | null }): Promise<Outcome>;
  /** Creates the mandate, or sends a prompt that asks the customer to consent. */
  createMandate(mandate: CallerFields<MandateCreation>): Promise<Outcome>;
  debit(debit: Debit): Promise<Outcome>;
  cancelMandate(cancellation: MandateUse): Promise<Outcome>;
}

export function createPayments(context: RailContext): Payments {
  const commitEvents = createCommitEvents();
  const batcher = createBatcher({
    ...context,
    timeZone: markets[context.rail.market].timeZone,
    receipts: hasDatedReceipts(context.rail.market) ? createReceipts(context.formatReceipt) : null,
    publish: commitEvents.publish,
  });
  const { promptLifeMs, twoStepHoldMs, tariff } = context;
  const toPromptRules = ({ caller }: PaymentRequest) => ({
    promptLifeMs,
    promptLimits: context.promptLimits[caller.protocol] ?? noPrompts,
  });
  return {
    context,
    batcher,
    commitEvents,
    pendingPrompts: createPendingPrompts(context.sql, commitEvents),
    collect: (payment) =>
      batcher.post(
        buildCollection({ ...payment, ...toPromptRules(payment), twoStep: null }, payment, tariff),
      ),
    collectInTwoSteps(payment) {
      const twoStep = { holdCode: generateHoldCode(), holdMs: twoStepHoldMs };
      return batcher.post(
        buildCollection({ ...payment, ...toPromptRules(payment), twoStep }, payment, tariff),
      );
    },
    collectFromOrganisation: (payment) =>
      batcher.post(buildOrganisationCollection({ ...payment, ...toPromptRules(payment) }, payment, tariff)),
    answerPrompt: ({ id, paymentId, reply }) =>
      batcher.post({
        ...platformInstruction(id, paymentId),
        decide: (state) => decidePromptAnswer({ reply, twoStepHoldMs }, state),
      }),
    completeHold: (completion) =>
      batcher.post({
        ...buildInstruction(
          "step",
          completion,
          { counterparty: "", amountMinor: 0n, originalId: completion.paymentId },
          { customerReference: completion.transactionId, description: "" },
        ),
        originalId: completion.paymentId,
        accounts: [organisationAccountName(completion)],
        decide: (state) => decideHoldCompletion(completion, state),
      }),
    payOut: (payment) => batcher.post(buildPayout(payment, payment, tariff)),
    transfer: (payment) => batcher.post(buildTransfer(payment, payment, tariff)),
    reverse: (reversal) =>
      batcher.post({
        ...buildInstruction(
          "reversal",
          reversal,
          { counterparty: "", amountMinor: reversal.amountMinor ?? 0n, originalId: reversal.paymentId },
          { ...emptyNarrative, ...reversal },
        ),
        originalId: reversal.paymentId,
        accounts: withFloatAccount(
          reversal,
          organisationAccountName(reversal),
          ...(reversal.simulation === null ? [] : [walletName(reversal.simulation.reversal.msisdn)]),
        ),
        decide: (state) => decideReversal(reversal, state),
      }),
    createMandate: (mandate) =>
      batcher.post({
        ...buildMandateInstruction("mandate", mandate, 0n, emptyTariff),
        ...(mandate.simulation === null ? { newMandate: toMandateKey(mandate) } : {}),
        decide: (state) => decideMandate({ ...mandate, ...toPromptRules(mandate) }, state),
      }),
    debit: (debit) =>
      batcher.post({
        ...buildMandateInstruction(
          "debit",
          debit,
          debit.amountMinor,
          tariff,
          debit.standingOrder?.accountReference,
        ),
        ...(debit.standingOrder === undefined || debit.mandateId === null
          ? {}
          : {
              isStartedByCustomer: true,
              mandatePeriod: { mandateId: debit.mandateId, period: debit.standingOrder.period },
            }),
        mandate: toMandateName(debit),
        decide: (state) => decideDebit(debit, state),
      }),
    cancelMandate: (cancellation) =>
      batcher.post({
        ...buildMandateInstruction("mandate_cancel", cancellation, 0n, emptyTariff),
        mandate: toMandateName(cancellation),
        decide: (state) => decideCancellation(cancellation, state),
      }),
  };
}

/** For a protocol that is not in the registry, so that a forgotten rule opens no prompts. */
const noPrompts: PromptLimits = { perCustomer: 0, perCustomerAndApplication: 0 };

function buildCollection(payment: Collection, narrative: Narrative, tariff: Tariff): Instruction {
  return {
    ...buildInstruction(
      "collection",
      payment,
      { counterparty: payment.msisdn, amountMinor: payment.amountMinor },
      narrative,
    ),
    accounts: withFloatAccount(payment, walletName(payment.msisdn)),
    creditOnlyAccounts: listCollectionAccounts(payment, tariff),
    customerCounter: findCustomerCounter(payment, payment.msisdn),
    decide: (state) => decideCollection(payment, state),
  };
}

function buildOrganisationCollection(
  payment: OrganisationCollection,
  narrative: Narrative,
  tariff: Tariff,
): Instruction {
  return {
    ...buildInstruction(
      "collection",
      payment,
      { counterparty: payment.payer, amountMinor: payment.amountMinor },
      narrative,
    ),
    accounts: [{ kind: payment.payerAccount, owner: payment.payer }, walletName(payment.approver)],
    creditOnlyAccounts: listCollectionAccounts(payment, tariff),
    decide: (state) => decideOrganisationCollection(payment, state),
  };
}

/** The account that a collection credits, and those of its charge. */
const listCollectionAccounts = (request: PaymentRequest, tariff: Tariff): readonly AccountName[] => [
  organisationAccountName(request),
  ...listChargeAccounts(tariff, toCollectionUse(request.organisationAccount), request.organisation),
];

function buildPayout(payment: Payout, narrative: Narrative, tariff: Tariff): Instruction {
  return {
    ...buildInstruction(
      "payout",
      payment,
      { counterparty: payment.msisdn, amountMinor: payment.amountMinor },
      narrative,
    ),
    accounts: withFloatAccount(payment, organisationAccountName(payment), walletName(payment.msisdn)),
    creditOnlyAccounts: listChargeAccounts(tariff, "payout", payment.organisation),
    customerCounter: findCustomerCounter(payment, payment.msisdn),
    decide: (state) => decidePayout(payment, state),
  };
}

function buildTransfer(payment: Transfer, narrative: Narrative, tariff: Tariff): Instruction {
  return {
    ...buildInstruction(
      "transfer",
      payment,
      { counterparty: payment.receiver, amountMinor: payment.amountMinor },
      narrative,
    ),
    accounts: withFloatAccount(payment, organisationAccountName(payment), {
      kind: payment.receiverAccount,
      owner: payment.receiver,
    }),
    creditOnlyAccounts: listChargeAccounts(tariff, "transfer", payment.organisation),
    decide: (state) => decideTransfer(payment, state),
  };
}

/** An instruction of the platform itself about an open payment: the reply to its prompt, or its expiry. */
export function platformInstruction(id: Id, paymentId: Id): Omit<Instruction, "decide"> {
  return {
    id,
    type: "step",
    referenceKey: null,
    accounts: [],
    creditOnlyAccounts: [],
    originalId: paymentId,
    mandate: null,
    sessionUsageKey: null,
    customerCounter: null,
    record: null,
    origin: null,
  };
}

type MandateRequest = PaymentRequest & { readonly msisdn: string; readonly mandateReference: string };

function buildMandateInstruction(
  type: PaymentType,
  request: MandateRequest,
  amountMinor: bigint,
  tariff: Tariff,
  customerReference = request.mandateReference,
): Omit<Instruction, "decide"> {
  const narrative = { customerReference, description: "" };
  return {
    ...buildInstruction(type, request, { counterparty: request.msisdn, amountMinor }, narrative),
    accounts: withFloatAccount(request, walletName(request.msisdn)),
    creditOnlyAccounts: listCollectionAccounts(request, tariff),
    customerCounter: findCustomerCounter(request, request.msisdn),
  };
}

/** The common fields of all instructions. Callers override the fields that differ. */
function buildInstruction(
  type: PaymentType,
  request: PaymentRequest,
  details: { counterparty: string; amountMinor: bigint; originalId?: Id | null },
  narrative: Narrative,
): Omit<Instruction, "decide" | "accounts"> & { readonly accounts: readonly AccountName[] } {
  const { id, operation, caller, reference, referenceScope = operation, organisation } = request;
  const record: InstructionRecord = {
    organisation,
    counterparty: details.counterparty,
    applicationId: caller.applicationId,
    reference,
    customerReference: narrative.customerReference,
    description: narrative.description,
    amountMinor: details.amountMinor,
    originalId: details.originalId ?? null,
  };
  const { applicationId, protocol, endpoints } = caller;
  return {
    id,
    type,
    referenceKey: toReferenceKey(applicationId, protocol, referenceScope, reference),
    accounts: [],
    creditOnlyAccounts: [],
    originalId: null,
    mandate: null,
    sessionUsageKey: findSessionUsageKey(request),
    customerCounter: null,
    record,
    origin: { applicationId, protocol, operation, endpoints },
  };
}

const walletName = (msisdn: string): AccountName => ({ kind: "wallet", owner: msisdn });
const organisationAccountName = ({ organisation, organisationAccount }: PaymentRequest): AccountName => ({
  kind: organisationAccount,
  owner: organisation,
});

/** Adds the float account if a sandbox scenario funds the payment from it. */
function withFloatAccount(request: PaymentRequest, ...names: AccountName[]): AccountName[] {
  return request.simulation === null ? names : [...names, floatAccount];
}

/** Returns null if no session limit applies, so that no usage row is locked or written. */
function findSessionUsageKey({ limits, caller, operation }: PaymentRequest): string | null {
  const isLimited = limits.sessionDailyValueMinor !== undefined || limits.sessionDailyCount !== undefined;
  return isLimited && caller.session !== null ? toSessionUsageKey(caller.session, operation) : null;
}

function findCustomerCounter(
  { limits, caller, operation }: PaymentRequest,
  msisdn: string,
): CustomerCounter | null {
  const isLimited = limits.customerDailyValueMinor !== undefined || limits.customerDailyCount !== undefined;
  return isLimited ? { msisdn, name: toCounterName(caller.applicationId, caller.protocol, operation) } : null;
}

const holdCodeLetters = "ABCDEFGHJKLMNPQRSTUVWXYZ";

/** Three letters and five digits: easy to read aloud. */
function generateHoldCode(): string {
  let holdCode = "";
  for (let i = 0; i < 3; i += 1) holdCode += holdCodeLetters[randomInt(holdCodeLetters.length)];
  return holdCode + randomInt(100_000).toString().padStart(5, "0");
}
