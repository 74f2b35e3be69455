/** Bill Manager: an organisation becomes a biller, and changes its details. */
import { randomBytes } from "node:crypto";
import { changeBiller, registerBiller } from "../../../payments/invoices.ts";
import {
  billerFields,
  billManagerPaths,
  refuseBiller,
  refuseConflict,
  simpleResponse,
  success,
} from "../bill-manager.ts";
import type { FieldValues } from "../fields.ts";
import { protocolName } from "../names.ts";
import { defineDarajaOperation, type DarajaCall } from "../operation.ts";

const shared = {
  product: "darajaBillManager",
  family: "billManager",
  organisation: "shortcode",
  results: {},
  notifications: {},
} as const;

export const billRegistration = defineDarajaOperation({
  ...shared,
  name: "billRegistration",
  title: "Bill Manager: opt in",
  description:
    "Makes an organisation a biller. The `app_key` of the response goes into a header of the other calls; without it, the application's only biller is meant.",
  ...billManagerPaths("optin"),
  fields: billerFields,
  response: {
    app_key: { description: "The key of the biller.", example: "AG_2376487236_126732989KJ" },
    ...simpleResponse,
  },

  async handle(call) {
    const { shortcode } = call.values;
    if (!call.mayActFor(shortcode) || (await call.organisations.find(shortcode)) === undefined)
      return refuseBiller();
    const appKey = createAppKey();
    const isNew = await registerBiller(call.payments.context, { ...toBiller(call), appKey });
    return isNew
      ? { body: { app_key: appKey, ...success }, code: "200", reason: "The organisation is a biller." }
      : refuseConflict("Biller already Registered", "The organisation is a biller already.");
  },
});

export const billChangeRegistration = defineDarajaOperation({
  ...shared,
  name: "billChangeRegistration",
  title: "Bill Manager: change the opt-in details",
  description: "Changes a biller's details.",
  ...billManagerPaths("change-optin-details"),
  fields: billerFields,
  response: simpleResponse,

  handle: async (call) =>
    (await changeBiller(call.payments.context, toBiller(call)))
      ? { body: success, code: "200", reason: "The details were changed." }
      : refuseBiller(),
});

const toBiller = ({
  values,
  application,
}: Pick<DarajaCall, "application"> & { readonly values: FieldValues<typeof billerFields> }) => ({
  shortcode: values.shortcode,
  protocol: protocolName,
  applicationId: application.id,
  email: values.email,
  officialContact: values.officialContact,
  sendsReminders: values.sendReminders === "1",
  callbackUrl: values.callbackurl,
});

/** `AG_2376487236_126732989KJ`, as M-Pesa's look. */
function createAppKey(): string {
  const digits = randomBytes(16).toString("hex").toUpperCase();
  return `AG_${digits.slice(0, 16)}_${digits.slice(16)}`;
}
