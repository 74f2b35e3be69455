/** The handsets of one rail: what `phone.ts` promises. */
import { hash, randomBytes, timingSafeEqual } from "node:crypto";
import { localTime } from "../clock.ts";
import { formatAmount, markets } from "../money.ts";
import { cancelAsCustomer } from "../payments/customer-cancels.ts";
import { isExpired } from "../payments/mandate-terms.ts";
import { readWallet, setWallet } from "../store/accounts.ts";
import {
  clearPinTries,
  enrolDevice,
  insertHandsets,
  readDeviceHash,
  readHandset,
  readHandsets,
  readOwnMandates,
  readPastPayments,
  setDelay,
  setEnrolment,
  setPinHash,
  type HandsetMandateRow,
  type PastPaymentRow,
} from "../store/handsets.ts";
import { readMessages } from "../store/messages.ts";
import { readPrompt, readPrompts } from "../store/prompts.ts";
import { answerPrompt, type HandsetContext } from "./answering.ts";
import { enrolmentHash, newEnrolmentSecret } from "./enrolment-secret.ts";
import {
  defaultPin,
  isPin,
  type Answered,
  type HandsetMandate,
  type NewHandset,
  type PastPayment,
  type PhoneAnswer,
  type Phones,
  type Telling,
  type Told,
} from "./phone.ts";
import { checkPin, pinHash } from "./pin.ts";
import { endedFor, messagesShown, phoneState, signalOf } from "./view.ts";
import type { Watching } from "./watch.ts";
import { termsText } from "./words.ts";

/** More prompts than this are not on one screen. */
const promptsRead = 20;

export interface PhonesContext extends HandsetContext {
  /** Brings at once what waits; does nothing where no handset is carried to. */
  readonly carryNow: () => Promise<void>;
  readonly watching: Watching;
}

export function openPhones(context: PhonesContext): Phones {
  const { sql, watching, carryNow, pinKey } = context;
  const changed = (there: boolean): boolean => {
    if (there) watching.look();
    return there;
  };
  return {
    state: (msisdn) => state(context, msisdn),
    async list(after, most) {
      const rows = await readHandsets(sql, after, most);
      return rows.map(({ msisdn, firstName, lastName, answer, delayMs }) => ({
        msisdn,
        firstName,
        lastName,
        answer,
        delayMs,
      }));
    },
    open: (handset) => open(context, handset),
    async equip(numbers, pin = defaultPin) {
      if (numbers.length === 0) return new Set();
      const handsets = numbers
        .toSorted()
        .map((msisdn) => ({ msisdn, pinHash: pinHash(pinKey, msisdn, pin) }));
      return sql.begin((tx) => insertHandsets(tx, handsets));
    },
    tell: (msisdn, telling) => tell(context, msisdn, telling),
    setPin: async (msisdn, pin) =>
      changed(
        (await setPinHash(sql, msisdn, pinHash(pinKey, msisdn, pin))) && (await clearPinTries(sql, msisdn)),
      ),
    unlock: async (msisdn) => changed(await clearPinTries(sql, msisdn)),
    answer: async (answer) => {
      const answered = await answerOn(context, answer);
      // The receipt is on its way already; whoever waits for the answer sees it with it.
      if (answered.outcome === "accepted") await carryNow();
      watching.look();
      return answered;
    },

    checkPin: (msisdn, pin) => withPin(context, msisdn, pin, async () => ({})),
    async changePin(msisdn, oldPin, newPin) {
      if (!isPin(newPin)) return { outcome: "pin_not_accepted" };
      return withPin(context, msisdn, oldPin, async () => {
        await setPinHash(sql, msisdn, pinHash(pinKey, msisdn, newPin));
        return {};
      });
    },
    balance: (msisdn, pin) => withPin(context, msisdn, pin, () => balance(context, msisdn)),
    lastPayments: (msisdn, pin) =>
      withPin(context, msisdn, pin, async () => ({
        payments: (await readPastPayments(sql, msisdn)).map((row) => pastPayment(row, context)),
      })),
    mandates: (msisdn, pin) =>
      withPin(context, msisdn, pin, async () => ({
        mandates: (await mandatesInForce(context, msisdn)).map(shownMandate),
      })),
    async cancelMandate(msisdn, pin, mandateId) {
      const mandate = (await mandatesInForce(context, msisdn)).find(({ id }) => id.toString() === mandateId);
      if (mandate === undefined) return { outcome: "mandate_unknown" };
      return withPin(context, msisdn, pin, async () => {
        await cancelAsCustomer(context.payments, { id: context.newId(), msisdn, mandate });
        return {};
      });
    },

    watch: (msisdn, listener) => watching.watch(msisdn, listener),

    async newEnrolment(msisdn) {
      const secret = newEnrolmentSecret();
      return (await setEnrolment(sql, msisdn, enrolmentHash(secret))) ? secret : null;
    },
    async enrol(msisdn, secret) {
      const device = randomBytes(32).toString("base64url");
      return (await enrolDevice(sql, msisdn, enrolmentHash(secret), sha256(device))) ? device : null;
    },
    async isEnrolled(msisdn, device) {
      const known = await readDeviceHash(sql, msisdn);
      return known !== null && timingSafeEqual(known, sha256(device));
    },
  };
}

async function state(context: PhonesContext, msisdn: string) {
  const { sql, clock, rail, wire } = context;
  const now = clock.now();
  const [handset, prompts, messages] = await Promise.all([
    readHandset(sql, msisdn),
    readPrompts(sql, msisdn, now - endedFor, promptsRead),
    readMessages(sql, msisdn, "delivered", messagesShown),
  ]);
  if (handset === undefined) return null;
  const { market } = rail;
  return phoneState(handset, prompts, messages, {
    market,
    now,
    transactionId: (id) => wire.transactionId(id),
  });
}

async function open(context: PhonesContext, { msisdn, pin, answer }: NewHandset): Promise<boolean> {
  const { sql, pinKey, watching } = context;
  const isNew = await sql.begin(async (tx) => {
    const created = await insertHandsets(tx, [
      { msisdn, pinHash: pinHash(pinKey, msisdn, pin ?? defaultPin) },
    ]);
    if (!created.has(msisdn) && pin !== undefined) {
      await setPinHash(tx, msisdn, pinHash(pinKey, msisdn, pin));
      await clearPinTries(tx, msisdn);
    }
    return created.has(msisdn);
  });
  const behaves = answer ?? (isNew ? "ask" : null);
  watching.look();
  if (behaves !== null) return tell(context, msisdn, { answer: behaves });
  return (await readHandset(sql, msisdn)) !== undefined;
}

async function tell(context: PhonesContext, msisdn: string, { answer, delayMs }: Telling): Promise<boolean> {
  const { sql, watching, carryNow } = context;
  if ((await readHandset(sql, msisdn)) === undefined) return false;
  if (delayMs !== undefined) await setDelay(sql, msisdn, delayMs);
  if (answer !== undefined) {
    await setWallet(sql, msisdn, { status: null, answer });
    await carryNow();
  }
  watching.look();
  return true;
}

async function answerOn(
  context: PhonesContext,
  { msisdn, paymentId, says, pin }: PhoneAnswer,
): Promise<Answered> {
  const { sql, wire, carryNow } = context;
  const handset = await readHandset(sql, msisdn);
  if (handset === undefined) return { outcome: "no_handset" };
  if (signalOf(handset.answer) !== "on") return { outcome: "no_signal" };
  const id = wire.find(paymentId);
  if (id === null) return { outcome: "prompt_not_open" };
  let prompt = await readPrompt(sql, id);
  if (prompt !== undefined && prompt.shownAt === null && prompt.endedAt === null) {
    await carryNow();
    prompt = await readPrompt(sql, id);
  }
  if (prompt === undefined || prompt.msisdn !== msisdn || prompt.shownAt === null) {
    return { outcome: "prompt_not_open" };
  }
  return answerPrompt(context, prompt, says, pin);
}

/** A question of the menu: with a signal and the right PIN it is answered. */
async function withPin<T extends object>(
  context: PhonesContext,
  msisdn: string,
  pin: string,
  work: () => Promise<T>,
): Promise<Told<T>> {
  const handset = await readHandset(context.sql, msisdn);
  if (handset === undefined) return { outcome: "no_handset" };
  if (signalOf(handset.answer) !== "on") return { outcome: "no_signal" };
  const verdict = await checkPin(context, msisdn, pin);
  context.watching.look();
  if (verdict.outcome === "locked") return { outcome: "locked", until: verdict.until };
  if (verdict.outcome !== "right") return verdict;
  return { outcome: "accepted", ...(await work()) };
}

async function balance({ sql, rail }: PhonesContext, msisdn: string) {
  const wallet = await readWallet(sql, msisdn);
  const { decimals } = markets[rail.market];
  return {
    available: formatAmount(wallet?.availableMinor ?? 0n, decimals),
    held: formatAmount(wallet?.heldMinor ?? 0n, decimals),
  };
}

function pastPayment(row: PastPaymentRow, { rail, wire }: PhonesContext): PastPayment {
  return {
    transactionId: wire.transactionId(row.id),
    at: row.at.getTime(),
    way: row.cameIn ? "in" : "out",
    amount: formatAmount(row.amountMinor, markets[rail.market].decimals),
    with: row.organisation === "" ? "Deposit" : `${row.organisationName} (${row.organisation})`,
  };
}

async function mandatesInForce(
  { sql, clock, rail }: PhonesContext,
  msisdn: string,
): Promise<HandsetMandateRow[]> {
  const { day } = localTime(clock.now(), markets[rail.market].timeZone);
  return (await readOwnMandates(sql, msisdn)).filter((mandate) => !isExpired(mandate, day));
}

function shownMandate(mandate: HandsetMandateRow): HandsetMandate {
  return {
    id: mandate.id.toString(),
    reference: mandate.reference,
    organisation: { shortcode: mandate.organisation, name: mandate.organisationName },
    terms: termsText(mandate),
  };
}

const sha256 = (text: string): Buffer => hash("sha256", text, "buffer");
