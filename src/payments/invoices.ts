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
} from "../store/rail/invoices.ts";
import type { RailContext } from "./payments.ts";

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

/** Sends all of these invoices, or none if there are conflicts. */
export const sendInvoices = (
  { sql, clock }: Context,
  { shortcode }: Pick<BillerRow, "shortcode">,
  invoices: readonly InvoiceDetails[],
): Promise<InvoiceConflict[]> =>
  sql
    .begin(async (tx) => {
      const references = invoices.map(({ externalReference }) => externalReference);
      const existing = new Set(
        (await lockInvoices(tx, shortcode, references)).map(({ externalReference }) => externalReference),
      );
      const repeated = references.filter((reference, index) => references.indexOf(reference) < index);
      const conflicts = [...references.filter((reference) => existing.has(reference)), ...repeated];
      if (conflicts.length > 0) return conflicts.map((reference) => toConflict(reference, "exists"));
      const count = await insertInvoices(tx, shortcode, invoices, clock.now());
      // Another request sent one of them meanwhile.
      if (count < invoices.length) throw new InvoicesExist(references);
      return [];
    })
    .catch((error: unknown) => {
      if (error instanceof InvoicesExist)
        return error.references.map((reference) => toConflict(reference, "exists"));
      throw error;
    });

/** Ends the transaction. */
class InvoicesExist extends Error {
  readonly references: readonly string[];

  constructor(references: readonly string[]) {
    super("An invoice with one of these references exists.");
    this.references = references;
  }
}

const toConflict = (externalReference: string, problem: InvoiceProblem): InvoiceConflict => ({
  externalReference,
  problem,
});

/** Changes all of these invoices, or none if there are conflicts. */
export const changeInvoices = (
  { sql }: Context,
  { shortcode }: Pick<BillerRow, "shortcode">,
  invoices: readonly InvoiceDetails[],
): Promise<InvoiceConflict[]> =>
  sql.begin(async (tx) => {
    const references = invoices.map(({ externalReference }) => externalReference);
    const conflicts = findConflicts(references, await lockInvoices(tx, shortcode, references));
    if (conflicts.length === 0) await updateInvoices(tx, shortcode, invoices);
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
