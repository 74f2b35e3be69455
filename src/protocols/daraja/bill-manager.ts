/** What the calls of Bill Manager have in common: fields, the biller of a request, and responses. */
import { parseDay } from "../../payments/mandate-terms.ts";
import {
  findBiller,
  type BillerRow,
  type InvoiceConflict,
  type InvoiceDetails,
} from "../../payments/invoices.ts";
import { families } from "./families.ts";
import {
  callbackUrl,
  enumeration,
  nested,
  optional,
  shortcode,
  text,
  wholeAmount,
  type FieldTable,
  type FieldValues,
} from "./fields.ts";
import type { CallReply, DarajaCall } from "./operation.ts";
import { readFields } from "./read-fields.ts";
import { readNestedObject } from "./request-body.ts";

const prefix = "/v1/billmanager-invoice";

/** The paths of a call: production proxies carry the prefix twice. */
export const billManagerPaths = (name: string, ...otherNames: readonly string[]) => {
  const names = [name, ...otherNames];
  return {
    path: `${prefix}/${name}`,
    pathAliases: [
      ...names.map((each) => `${prefix}${prefix}/${each}`),
      ...otherNames.map((each) => `${prefix}/${each}`),
    ],
  };
};

export const billerFields = {
  shortcode: shortcode({ description: "The paybill or till.", example: "600996" }),
  email: text({
    description: "For the customers' questions.",
    example: "accounts@example.com",
    minLength: 3,
    maxLength: 100,
  }),
  officialContact: text({ description: "The same, a phone.", example: "0710000000", maxLength: 20 }),
  sendReminders: enumeration({
    description: "Whether customers are reminded by SMS, at 8:00 on the last day: `0` or `1`.",
    example: "1",
    values: ["0", "1"],
  }),
  logo: optional(
    text({ description: "An image. It is not stored.", example: "image", maxLength: 1_000_000 }),
  ),
  callbackurl: callbackUrl({
    description: "Gets the payments of invoices.",
    example: "https://example.com/bills",
  }),
};

export const invoiceFields = {
  externalReference: text({
    description: "The organisation's own name of the invoice.",
    example: "#9932340",
    maxLength: 100,
  }),
  billedFullName: text({ description: "The customer.", example: "John Doe", maxLength: 100 }),
  billedPhoneNumber: text({
    description: "The customer's number, 2547… or 07….",
    example: "0722000000",
    maxLength: 40,
  }),
  billedPeriod: text({ description: "The month.", example: "August 2021", maxLength: 40 }),
  invoiceName: text({ description: "What it is for.", example: "Jentrys", maxLength: 100 }),
  dueDate: text({
    description: "The last day, yyyy-MM-dd. A time after it is ignored.",
    example: "2021-10-12",
    maxLength: 40,
  }),
  accountReference: text({
    description: "What the customer gives as the account number.",
    example: "1ASD678H",
    maxLength: 100,
  }),
  amount: wholeAmount({ description: "The sum.", example: "800", max: 999_999_999 }),
  invoiceItems: optional(
    nested({
      description: "Its parts.",
      example: [
        { itemName: "food", amount: "700" },
        { itemName: "water", amount: "100" },
      ],
      format: "a list of `itemName` and `amount`",
    }),
  ),
};

export const referenceFields = {
  externalReference: invoiceFields.externalReference,
};

/** The fields of the responses. */
export const simpleResponse = {
  resmsg: { description: "The text of the code.", example: "Success" },
  rescode: { description: "200 for a success, 409 for a conflict.", example: "200" },
} as const;

export const invoiceResponse = (message: string) =>
  ({
    Status_Message: { description: "A text for people.", example: message },
    ...simpleResponse,
  }) as const;

export const cancelResponse = (message: string) =>
  ({
    ...invoiceResponse(message),
    errors: { description: "What is wrong with each invoice.", example: [] },
  }) as const;

export const success = { resmsg: "Success", rescode: "200" } as const;

/** A conflict is HTTP 200, as a success is: `rescode` says which. */
export const refuseConflict = (
  message: string,
  reason: string,
  errors?: readonly { readonly externalReference: string; readonly error: string }[],
): CallReply => ({
  body: {
    Status_Message: message,
    resmsg: "Conflict",
    rescode: "409",
    ...(errors === undefined ? {} : { errors }),
  },
  code: "409",
  reason,
});

/** What a request does to invoices. */
export type InvoiceAction = "sent" | "updated" | "cancelled" | "acknowledged";

const conflictTexts: Readonly<Record<InvoiceConflict["problem"], (action: InvoiceAction) => string>> = {
  exists: () => "An invoice with this externalReference already exists.",
  unknown: () => "No invoice has this externalReference.",
  paid: (action) => `partially or fully paid invoices cannot be ${action}.`,
  cancelled: () => "The invoice was cancelled.",
};

export function refuseInvoices(conflicts: readonly InvoiceConflict[], action: InvoiceAction): CallReply {
  const errors = conflicts.map((conflict) => ({
    externalReference: conflict.externalReference,
    error: conflictTexts[conflict.problem](action),
  }));
  return refuseConflict(errors[0]?.error ?? "", "Nothing was changed.", errors);
}

/** The request's header with the key of its biller, in any case and spelling. */
function readAppKey({ headers }: Pick<DarajaCall, "headers">): string | null {
  const value = headers["app_key"] ?? headers["appkey"];
  return typeof value === "string" && value !== "" ? value : null;
}

/** The biller of a request: the one of its `app_key`, or the only one of its application. */
export const findRequestBiller = (
  call: Pick<DarajaCall, "headers" | "payments" | "application">,
): Promise<BillerRow | undefined> => findBiller(call.payments.context, call.application.id, readAppKey(call));

export const refuseBiller = (): CallReply =>
  refuseConflict("Invalid consumer key/shortcode", "The application has no biller with this app_key.");

const maxInvoices = 1000;

/** The objects of a list, valid each by itself, or the refusal of the first that is not. */
export function readList<F extends FieldTable>(
  call: Pick<DarajaCall, "json" | "fieldContext">,
  fields: F,
): { readonly list: readonly FieldValues<F>[] } | { readonly reply: CallReply } {
  const items = call.json as readonly unknown[];
  if (items.length === 0 || items.length > maxInvoices)
    return { reply: refuseConflict(`1 to ${maxInvoices} invoices`, "The list is empty, or too long.") };
  const list: FieldValues<F>[] = [];
  for (const [index, item] of items.entries()) {
    const read = readFields(fields, readNestedObject(item), call.fieldContext);
    if ("invalid" in read) {
      const { field, reason, detail } = read.invalid;
      const error = families.billManager.invalidField(field, detail);
      return { reply: { error, reason: `Invoice ${index + 1}: ${reason}` } };
    }
    list.push(read.values);
  }
  return { list };
}

const phoneExpression = /^(?:254|0)([17]\d{8})$/;
const dateExpression = /^(\d{4})-(\d{2})-(\d{2})(?:[ T].*)?$/;

/** The invoice of valid fields, or what is wrong with its phone, its date or its items. */
export function toInvoice(
  values: FieldValues<typeof invoiceFields>,
): { readonly invoice: InvoiceDetails } | { readonly problem: string } {
  const phone = phoneExpression.exec(values.billedPhoneNumber)?.[1];
  if (phone === undefined) return { problem: "Invalid billedPhoneNumber" };
  const [, year = "", month = "", day = ""] = dateExpression.exec(values.dueDate) ?? [];
  const dueDay = parseDay(year + month + day);
  if (dueDay === null) return { problem: "Invalid dueDate" };
  const items = toItems(values.invoiceItems);
  if (items === null) return { problem: "Invalid invoiceItems" };
  return {
    invoice: {
      externalReference: values.externalReference,
      billedName: values.billedFullName,
      billedMsisdn: `254${phone}`,
      billedPeriod: values.billedPeriod,
      name: values.invoiceName,
      dueDay,
      accountReference: values.accountReference,
      amountMinor: values.amount,
      items,
    },
  };
}

const maxItems = 100;

function toItems(json: unknown): InvoiceDetails["items"] | null {
  if (json === null) return [];
  if (!Array.isArray(json) || json.length > maxItems) return null;
  const items = json.map((item: unknown) => {
    const { itemName, amount } = (item ?? {}) as Readonly<Record<string, unknown>>;
    const isText = typeof itemName === "string" && itemName.length <= 100 && itemName.isWellFormed();
    const isAmount =
      (typeof amount === "string" || typeof amount === "number") &&
      /^\d{1,12}(?:\.\d{1,2})?$/.test(String(amount));
    return isText && isAmount ? { itemName: itemName.replaceAll("\0", ""), amount: String(amount) } : null;
  });
  return items.includes(null) ? null : (items as InvoiceDetails["items"]);
}

/** All invoices of a request, or the conflict of the first that is malformed. */
export function toInvoices(
  list: readonly FieldValues<typeof invoiceFields>[],
): { readonly invoices: readonly InvoiceDetails[] } | { readonly reply: CallReply } {
  const invoices: InvoiceDetails[] = [];
  for (const values of list) {
    const read = toInvoice(values);
    if ("problem" in read) {
      const errors = [{ externalReference: values.externalReference, error: read.problem }];
      return { reply: refuseConflict(read.problem, `${read.problem}.`, errors) };
    }
    invoices.push(read.invoice);
  }
  return { invoices };
}
