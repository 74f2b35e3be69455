/** Invoices of organisations: sent, changed and cancelled. Payments count towards them where they complete. */
import { hash } from "node:crypto";
import {
  cancelInvoices as cancelRows,
  insertBiller,
  insertInvoices,
  lockInvoices,
  readBillers,
  readInvoiceUrl,
  updateBiller,
  updateInvoices,
  type BillerDetails,
  type BillerRow,
  type InvoiceDetails,
  type InvoiceUrl,
  type ScheduledInvoice,
} from "../store/rail/invoices.ts";
import { markets } from "../core/markets.ts";
import { insertInvoiceMessages } from "../store/rail/messages.ts";
import type { Payments, RailContext } from "./payments.ts";
import { getMorning } from "./standing-order-schedule.ts";

export type { BillerDetails, BillerRow, InvoiceDetails, InvoiceUrl };

type Context = Pick<RailContext, "sql" | "clock">;

const hashAppKey = (appKey: string): Buffer => hash("sha256", appKey, "buffer");

/** Makes an organisation a biller. The key is not stored. Returns false if it is one. */
export const registerBiller = (
  { sql, clock }: Context,
  biller: BillerRow & { readonly appKey: string },
): Promise<boolean> => insertBiller(sql, { ...biller, appKeyHash: hashAppKey(biller.appKey) }, clock.now());

/** Returns false if the application has no such biller. */
export const changeBiller = ({ sql }: Context, biller: BillerRow): Promise<boolean> =>
  updateBiller(sql, biller);

/** The application's biller with this key. Without a key it is the only one that the application has. */
export async function findBiller(
  { sql }: Context,
  applicationId: bigint,
  appKey: string | null,
): Promise<BillerRow | undefined> {
  const billers = await readBillers(sql, applicationId, appKey === null ? null : hashAppKey(appKey));
  return billers.length === 1 ? billers[0] : undefined;
}

/** Why an invoice cannot be sent, changed or cancelled. */
export type InvoiceProblem = "exists" | "unknown" | "paid" | "cancelled";

export interface InvoiceConflict {
  readonly externalReference: string;
  readonly problem: InvoiceProblem;
}

/** Sends all of these invoices, or none if there are conflicts. Their customers get an SMS. */
export async function sendInvoices(
  { context, commitEvents }: Pick<Payments, "context" | "commitEvents">,
  biller: Pick<BillerRow, "shortcode" | "sendsReminders">,
  invoices: readonly InvoiceDetails[],
): Promise<InvoiceConflict[]> {
  const references = invoices.map(({ externalReference }) => externalReference);
  try {
    const { conflicts, messages } = await insertAll(context, biller, invoices);
    if (messages > 0) publishMessages(commitEvents);
    return conflicts;
  } catch (error) {
    if (!(error instanceof InvoicesExist)) throw error;
    return references.map((reference) => toConflict(reference, "exists"));
  }
}

const insertAll = (
  { sql, clock, rail, newId }: RailContext,
  biller: Pick<BillerRow, "shortcode" | "sendsReminders">,
  invoices: readonly InvoiceDetails[],
): Promise<{ readonly conflicts: InvoiceConflict[]; readonly messages: number }> =>
  sql.begin(async (tx) => {
    const { shortcode } = biller;
    const references = invoices.map(({ externalReference }) => externalReference);
    const existing = new Set(
      (await lockInvoices(tx, shortcode, references)).map(({ externalReference }) => externalReference),
    );
    const repeated = references.filter((reference, index) => references.indexOf(reference) < index);
    const conflicts = [...references.filter((reference) => existing.has(reference)), ...repeated].map(
      (reference) => toConflict(reference, "exists"),
    );
    if (conflicts.length > 0) return { conflicts, messages: 0 };
    const now = clock.now();
    const scheduled = invoices.map((invoice) => schedule(invoice, biller, { now, rail }));
    const invoiceIds = await insertInvoices(tx, shortcode, scheduled, now);
    // Another request sent one of them meanwhile.
    if (invoiceIds.length < invoices.length) throw new InvoicesExist();
    const message = { paymentId: newId(), invoiceIds };
    return { conflicts, messages: await insertInvoiceMessages(tx, "invoice", message, now) };
  });

/** The customer is reminded on the last day, in the morning, if that is still to come. */
function schedule(
  invoice: InvoiceDetails,
  { sendsReminders }: Pick<BillerRow, "sendsReminders">,
  { now, rail }: { readonly now: number } & Pick<RailContext, "rail">,
): ScheduledInvoice {
  const at = getMorning(invoice.dueDay, markets[rail.market].timeZone);
  return { ...invoice, remindAt: sendsReminders && at > now ? at : null };
}

/** Messages to handsets were queued. */
export const publishMessages = (commitEvents: Pick<Payments["commitEvents"], "publish">): void =>
  commitEvents.publish({
    deliveriesQueued: false,
    promptsCreated: false,
    messagesQueued: true,
    validationsQueued: false,
    endedPaymentIds: [],
  });

/** Ends the transaction. */
class InvoicesExist extends Error {}

const toConflict = (externalReference: string, problem: InvoiceProblem): InvoiceConflict => ({
  externalReference,
  problem,
});

/** Changes all of these invoices, or none if there are conflicts. */
export const changeInvoices = (
  { context: { sql, clock, rail } }: Pick<Payments, "context">,
  biller: Pick<BillerRow, "shortcode" | "sendsReminders">,
  invoices: readonly InvoiceDetails[],
): Promise<InvoiceConflict[]> =>
  sql.begin(async (tx) => {
    const { shortcode } = biller;
    const now = clock.now();
    const references = invoices.map(({ externalReference }) => externalReference);
    const conflicts = findConflicts(references, await lockInvoices(tx, shortcode, references));
    if (conflicts.length === 0) {
      const scheduled = invoices.map((invoice) => schedule(invoice, biller, { now, rail }));
      await updateInvoices(tx, shortcode, scheduled);
    }
    return conflicts;
  });

/** Cancels all of these invoices, or none if there are conflicts. */
export const cancelInvoices = (
  { sql, clock }: Context,
  { shortcode }: Pick<BillerRow, "shortcode">,
  references: readonly string[],
): Promise<InvoiceConflict[]> =>
  sql.begin(async (tx) => {
    const conflicts = findConflicts(references, await lockInvoices(tx, shortcode, references));
    if (conflicts.length === 0) await cancelRows(tx, shortcode, references, clock.now());
    return conflicts;
  });

function findConflicts(
  references: readonly string[],
  rows: Awaited<ReturnType<typeof lockInvoices>>,
): InvoiceConflict[] {
  return references.flatMap((reference) => {
    const row = rows.find(({ externalReference }) => externalReference === reference);
    if (row === undefined) return toConflict(reference, "unknown");
    if (row.paidMinor > 0n) return toConflict(reference, "paid");
    return row.cancelledAt === null ? [] : toConflict(reference, "cancelled");
  });
}

/** Whether an organisation has sent an invoice with this reference, that is not cancelled. */
export const hasInvoice = ({ sql }: Context, shortcode: string, reference: string): Promise<boolean> =>
  sql.begin(async (tx) =>
    (await lockInvoices(tx, shortcode, [reference])).some(({ cancelledAt }) => cancelledAt === null),
  );

/** Where a payment to an organisation with this account is pushed: it has an open invoice; undefined if it has none. */
export const findInvoiceUrl = (
  { sql }: Pick<RailContext, "sql">,
  shortcode: string,
  accountReference: string,
): Promise<InvoiceUrl | undefined> =>
  accountReference === "" ? Promise.resolve(undefined) : readInvoiceUrl(sql, shortcode, accountReference);
