/** How Daraja asks an organisation whether it accepts a payment that a customer started. */
import type { Validation, ValidationFormat } from "../../validations/validation-format.ts";
import { buildC2bMessage, parseValidationAnswer, toTransactionType } from "./c2b-messages.ts";
import { formatMsisdn, getMsisdnForm, type MaskStyle, type MsisdnForm } from "./msisdn-forms.ts";
import { toJson } from "./wire-json.ts";

/** `maskStyle`: how masked MSISDNs look. */
export function createDarajaValidation({ maskStyle }: { readonly maskStyle: MaskStyle }): ValidationFormat {
  return {
    render: (validation) => ({
      contentType: "application/json",
      body: toJson(buildC2bMessage(toMessage(validation, maskStyle))),
    }),
    parse: parseValidationAnswer,
  };
}

function toMessage({ payment, parties }: Validation, maskStyle: MaskStyle) {
  const { organisationKind, firstName, lastName, msisdnForm, version } = parties;
  const form = getMsisdnForm(msisdnForm as MsisdnForm | null, version ?? "");
  return {
    transactionType: toTransactionType(organisationKind),
    receipt: payment.receipt ?? "",
    at: payment.at.getTime(),
    amountMinor: payment.amountMinor,
    shortcode: payment.organisation,
    account: payment.customerReference,
    balanceMinor: null,
    thirdPartyReference: null,
    msisdn: formatMsisdn(payment.counterparty, form, maskStyle),
    firstName,
    middleName: "",
    lastName,
  };
}
