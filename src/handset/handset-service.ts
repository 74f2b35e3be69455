/** Implements `HandsetService` (`handset-api.ts`) for one rail. */
import { hash, randomBytes, timingSafeEqual } from "node:crypto";
import { localTime } from "../core/clock.ts";
import { formatAmount } from "../core/money.ts";
import { markets, type Market } from "../core/markets.ts";
import { cancelAsCustomer } from "../payments/rules/cancel-own-mandate.ts";
import { isExpired } from "../payments/mandate-terms.ts";
import { readWallet, updateWallet } from "../store/rail/accounts.ts";
import {
  resetPinAttempts,
  enrolDevice,
  insertHandsets,
  readDeviceHash,
  readHandset,
  readHandsets,
  readUncancelledMandates,
  readRecentPayments,
  setDelay,
  setEnrolment,
  setPinHash,
  type HandsetMandateRow,
  type RecentPaymentRow,
} from "../store/rail/handsets.ts";
import { readMessages } from "../store/rail/messages.ts";
import { readPrompt, readPrompts } from "../store/rail/prompts.ts";
import { answerPrompt, type HandsetContext } from "./answer-prompt.ts";
import { blockOrganisation, readBlockedParties, unblockOrganisation } from "./block-organisation.ts";
import { hashEnrolmentSecret, generateEnrolmentSecret } from "./enrolment-secret.ts";
import {
  defaultPin,
  isPin,
  type BlockResult,
  type ReplyResult,
  type HandsetMandate,
  type HandsetSummary,
  type NewHandset,
  type RecentPayment,
  type PromptAnswerRequest,
  type HandsetService,
  type BehaviourChange,
  type MenuPayment,
  type MenuResult,
} from "./handset-api.ts";
import { checkPin, hashPin } from "./pin.ts";
import { endedPromptRetentionMs, maxMessages, toHandsetState, toSignal } from "./handset-state.ts";
import type { ChangeNotifier } from "./change-notifier.ts";
import { findMerchantParty, payFromMenu } from "./merchant-menu.ts";
import { formatTerms } from "./message-text.ts";
import { defaultLanguage, getWords } from "../words/index.ts";

/** More than the state lists, because it leaves out those that were never displayed. */
const maxEndedRows = 20;
const words = getWords(defaultLanguage);

export interface HandsetServiceContext extends HandsetContext {
  /** Delivers waiting prompts and messages now. Does nothing if the rail has no browser transport. */
  readonly deliverNow: () => Promise<void>;
  readonly changeNotifier: ChangeNotifier;
}

export function createHandsetService(context: HandsetServiceContext): HandsetService {
  const { sql, changeNotifier, deliverNow, pinKey } = context;
  const notifyIf = (exists: boolean): boolean => {
    if (exists) changeNotifier.notify();
    return exists;
  };
  return {
    getState: (msisdn) => readState(context, msisdn),
    async list(after, limit) {
      const rows = await readHandsets(sql, after, limit);
      return rows.map(({ msisdn, firstName, lastName, behaviour, delayMs }): HandsetSummary => ({
        msisdn,
        firstName,
        lastName,
        behaviour,
        delayMs,
      }));
    },
    upsert: (handset) => upsertHandset(context, handset),
    async provision(msisdns, pin = defaultPin) {
      if (msisdns.length === 0) return new Set();
      const handsets = msisdns
        .toSorted()
        .map((msisdn) => ({ msisdn, pinHash: hashPin(pinKey, msisdn, pin) }));
      return sql.begin((tx) => insertHandsets(tx, handsets));
    },
    setBehaviour: (msisdn, change) => setBehaviour(context, msisdn, change),
    setPin: async (msisdn, pin) =>
      notifyIf(
        (await setPinHash(sql, msisdn, hashPin(pinKey, msisdn, pin))) &&
          (await resetPinAttempts(sql, msisdn)),
      ),
    unlock: async (msisdn) => notifyIf(await resetPinAttempts(sql, msisdn)),
    answerPrompt: async (request) => {
      const result = await replyToPrompt(context, request);
      // Delivers the receipt before returning, so that the caller sees the result and the receipt together.
      if (result.outcome === "accepted") await deliverNow();
      changeNotifier.notify();
      return result;
    },

    block: (msisdn, shortcode) => changeBlock(context, msisdn, shortcode, blockOrganisation),
    unblock: (msisdn, shortcode) => changeBlock(context, msisdn, shortcode, unblockOrganisation),

    checkPin: (msisdn, pin) => withPin(context, msisdn, pin, async () => ({})),
    async changePin(msisdn, oldPin, newPin) {
      if (!isPin(newPin)) return { outcome: "pin_not_accepted" };
      return withPin(context, msisdn, oldPin, async () => {
        await setPinHash(sql, msisdn, hashPin(pinKey, msisdn, newPin));
        return {};
      });
    },
    getBalance: (msisdn, pin) => withPin(context, msisdn, pin, () => readBalance(context, msisdn)),
    listRecentPayments: (msisdn, pin) =>
      withPin(context, msisdn, pin, async () => ({
        payments: (await readRecentPayments(sql, msisdn)).map((row) => toRecentPayment(row, context)),
      })),
    listMandates: (msisdn, pin) =>
      withPin(context, msisdn, pin, async () => ({
        mandates: (await readActiveMandates(context, msisdn)).map((mandate) =>
          toHandsetMandate(mandate, context.rail.market),
        ),
      })),
    cancelMandate: (msisdn, pin, mandateId) => cancelMandate(context, msisdn, pin, mandateId),

    findMerchant: (shortcode, purpose) => findMerchantParty(sql, shortcode, purpose),
    payMerchant: (msisdn, pin, payment) =>
      withPin(context, msisdn, pin, () => payMerchant(context, msisdn, payment)),

    listBlocked: (msisdn, pin) =>
      withPin(context, msisdn, pin, async () => {
        const handset = await readHandset(sql, msisdn);
        return { blocked: await readBlockedParties(context, handset?.blockedOrganisations ?? "") };
      }),
    async changeBlock(msisdn, pin, { shortcode, blocked }) {
      const verdict = await withPin(context, msisdn, pin, async () => ({}));
      if (verdict.outcome !== "accepted") return verdict;
      return changeBlock(context, msisdn, shortcode, blocked ? blockOrganisation : unblockOrganisation);
    },

    watch: (msisdn, onChange) => changeNotifier.watch(msisdn, onChange),

    async createEnrolment(msisdn) {
      const secret = generateEnrolmentSecret();
      return (await setEnrolment(sql, msisdn, hashEnrolmentSecret(secret))) ? secret : null;
    },
    async enrol(msisdn, secret) {
      const device = randomBytes(32).toString("base64url");
      return (await enrolDevice(sql, msisdn, hashEnrolmentSecret(secret), sha256(device))) ? device : null;
    },
    async isEnrolled(msisdn, device) {
      const storedHash = await readDeviceHash(sql, msisdn);
      return storedHash !== null && timingSafeEqual(storedHash, sha256(device));
    },
  };
}

async function changeBlock(
  context: HandsetServiceContext,
  msisdn: string,
  shortcode: string,
  change: typeof blockOrganisation,
): Promise<BlockResult> {
  if ((await readHandset(context.sql, msisdn)) === undefined) return { outcome: "no_handset" };
  const result = await change(context, msisdn, shortcode);
  context.changeNotifier.notify();
  return result;
}

async function cancelMandate(
  context: HandsetServiceContext,
  msisdn: string,
  pin: string,
  mandateId: string,
): Promise<MenuResult<object> | { readonly outcome: "mandate_unknown" }> {
  const mandate = (await readActiveMandates(context, msisdn)).find(({ id }) => id.toString() === mandateId);
  if (mandate === undefined) return { outcome: "mandate_unknown" };
  return withPin(context, msisdn, pin, async () => {
    await cancelAsCustomer(context.payments, { id: context.newId(), msisdn, mandate });
    return {};
  });
}

async function payMerchant(context: HandsetServiceContext, msisdn: string, menuPayment: MenuPayment) {
  const payment = await payFromMenu(context, msisdn, menuPayment);
  // Delivers the receipt before returning, as for a prompt.
  await context.deliverNow();
  context.changeNotifier.notify();
  return { payment };
}

async function readState(context: HandsetServiceContext, msisdn: string) {
  const { sql, clock, rail, publicIds } = context;
  const now = clock.now();
  const [handset, prompts, messages] = await Promise.all([
    readHandset(sql, msisdn),
    readPrompts(sql, msisdn, now - endedPromptRetentionMs, maxEndedRows),
    readMessages(sql, msisdn, "delivered", maxMessages),
  ]);
  if (handset === undefined) return null;
  const { market } = rail;
  return toHandsetState(handset, prompts, messages, {
    blocked: await readBlockedParties(context, handset.blockedOrganisations),
    market,
    now,
    transactionId: (id) => publicIds.receipt(id),
  });
}

async function upsertHandset(
  context: HandsetServiceContext,
  { msisdn, pin, behaviour: newBehaviour }: NewHandset,
): Promise<boolean> {
  const { sql, pinKey, changeNotifier } = context;
  const isNew = await sql.begin(async (tx) => {
    const created = await insertHandsets(tx, [
      { msisdn, pinHash: hashPin(pinKey, msisdn, pin ?? defaultPin) },
    ]);
    if (!created.has(msisdn) && pin !== undefined) {
      await setPinHash(tx, msisdn, hashPin(pinKey, msisdn, pin));
      await resetPinAttempts(tx, msisdn);
    }
    return created.has(msisdn);
  });
  const behaviour = newBehaviour ?? (isNew ? "ask" : null);
  changeNotifier.notify();
  if (behaviour !== null) return setBehaviour(context, msisdn, { behaviour });
  return (await readHandset(sql, msisdn)) !== undefined;
}

async function setBehaviour(
  context: HandsetServiceContext,
  msisdn: string,
  { behaviour, delayMs }: BehaviourChange,
): Promise<boolean> {
  const { sql, changeNotifier, deliverNow } = context;
  if ((await readHandset(sql, msisdn)) === undefined) return false;
  if (delayMs !== undefined) await setDelay(sql, msisdn, delayMs);
  if (behaviour !== undefined) {
    await updateWallet(sql, msisdn, { status: null, behaviour });
    await deliverNow();
  }
  changeNotifier.notify();
  return true;
}

async function replyToPrompt(
  context: HandsetServiceContext,
  { msisdn, paymentId, reply, pin }: PromptAnswerRequest,
): Promise<ReplyResult> {
  const { sql, publicIds, deliverNow } = context;
  const handset = await readHandset(sql, msisdn);
  if (handset === undefined) return { outcome: "no_handset" };
  if (toSignal(handset.behaviour) !== "on") return { outcome: "no_signal" };
  const id = publicIds.decode(paymentId);
  if (id === null) return { outcome: "prompt_not_open" };
  let prompt = await readPrompt(sql, id);
  if (prompt !== undefined && prompt.displayedAt === null && prompt.endedAt === null) {
    await deliverNow();
    prompt = await readPrompt(sql, id);
  }
  if (prompt === undefined || prompt.msisdn !== msisdn || prompt.displayedAt === null) {
    return { outcome: "prompt_not_open" };
  }
  return answerPrompt(context, prompt, reply, pin);
}

/** Runs a menu query or action if the handset has a signal and the PIN is right. */
async function withPin<T extends object>(
  context: HandsetServiceContext,
  msisdn: string,
  pin: string,
  run: () => Promise<T>,
): Promise<MenuResult<T>> {
  const handset = await readHandset(context.sql, msisdn);
  if (handset === undefined) return { outcome: "no_handset" };
  if (toSignal(handset.behaviour) !== "on") return { outcome: "no_signal" };
  const verdict = await checkPin(context, msisdn, pin);
  context.changeNotifier.notify();
  if (verdict.outcome === "locked") return { outcome: "locked", until: verdict.until };
  if (verdict.outcome !== "right") return verdict;
  return { outcome: "accepted", ...(await run()) };
}

async function readBalance({ sql, rail }: HandsetServiceContext, msisdn: string) {
  const wallet = await readWallet(sql, msisdn);
  const { decimals } = markets[rail.market];
  return {
    available: formatAmount(wallet?.availableMinor ?? 0n, decimals),
    held: formatAmount(wallet?.heldMinor ?? 0n, decimals),
  };
}

function toRecentPayment(row: RecentPaymentRow, { rail, publicIds }: HandsetServiceContext): RecentPayment {
  return {
    transactionId: row.receipt ?? publicIds.receipt(row.id),
    at: row.at.getTime(),
    direction: row.isIncoming ? "in" : "out",
    amount: formatAmount(row.amountMinor, markets[rail.market].decimals),
    counterparty:
      row.organisation === "" ? words.ussd.deposit : `${row.organisationName} (${row.organisation})`,
  };
}

async function readActiveMandates(
  { sql, clock, rail }: HandsetServiceContext,
  msisdn: string,
): Promise<HandsetMandateRow[]> {
  const { day } = localTime(clock.now(), markets[rail.market].timeZone);
  return (await readUncancelledMandates(sql, msisdn)).filter((mandate) => !isExpired(mandate, day));
}

function toHandsetMandate(mandate: HandsetMandateRow, market: Market): HandsetMandate {
  return {
    id: mandate.id.toString(),
    reference: mandate.reference,
    organisation: { shortcode: mandate.organisation, name: mandate.organisationName },
    terms: formatTerms(mandate, mandate.orderAmountMinor, market),
  };
}

const sha256 = (text: string): Buffer => hash("sha256", text, "buffer");
