/**
 * The messages about a payment that a customer started, to the organisation's own service: validation and confirmation, and
 * the answer to the first. Children are unqualified, and in the order of the schema. Pure.
 */
import type { ValidationAnswer, ValidationFormat } from "../../validations/validation-format.ts";
import type { PaymentParties } from "../../callbacks/notification.ts";
import type { PaymentRow } from "../../payments/payments.ts";
import { cutThirdPartyReference, findValidationRefusal, toTransactionType } from "../g2/c2b.ts";
import { formatDecimal } from "../g2/formats.ts";
import { formatNairobiTime } from "../g2/identifiers.ts";
import { namespaces } from "./names.ts";
import type { SoapResultContext } from "./operation.ts";
import { findChild, getChildText, isNamed, type XmlElement } from "./xml/read-xml.ts";
import { buildEnvelope, readEnvelope } from "./xml/soap-envelope.ts";
import { xmlElement, type XmlContent, type XmlMarkup } from "./xml/write-xml.ts";

/** The values of the header SOAPAction. */
export const soapActions = {
  validation: '"ValidateC2BPayment"',
  confirmation: '"ConfirmC2BPayment"',
} as const;

const element = (name: string, text: string): XmlMarkup => xmlElement(name, {}, text);

/** Absent if it is empty. */
const optional = (name: string, text: string): XmlMarkup | null => (text === "" ? null : element(name, text));

interface C2bFacts {
  readonly payment: PaymentRow;
  readonly parties: PaymentParties;
  readonly receipt: string;
  /** Business time, in milliseconds since 1970. */
  readonly at: number;
  /** The fields between those of the payment and those of the customer. */
  readonly further: readonly XmlContent[];
}

/** The genuine messages have this prolog, these prefixes and no header. Programs look fields up by the prefix `ns1`. */
function renderMessage(name: string, { payment, parties, receipt, at, further }: C2bFacts): string {
  const { customer, organisationKind } = parties;
  const envelope = buildEnvelope(
    "soapenv",
    { xsi: "http://www.w3.org/2001/XMLSchema-instance", ns1: namespaces.c2bPayment },
    xmlElement(
      `ns1:${name}`,
      {},
      element("TransType", toTransactionType(organisationKind ?? "")),
      element("TransID", receipt),
      element("TransTime", formatNairobiTime(at)),
      element("TransAmount", formatDecimal(payment.amountMinor)),
      element("BusinessShortCode", payment.organisation),
      optional("BillRefNumber", payment.customerReference),
      further,
      element("MSISDN", payment.counterparty),
      describeName("First Name", customer?.firstName ?? ""),
      describeName("Middle Name", customer?.middleName ?? ""),
      describeName("Last Name", customer?.lastName ?? ""),
    ),
  );
  return `<?xml version="1.0" encoding="utf-8" ?>${envelope.text}`;
}

const describeName = (name: string, value: string): XmlMarkup | null =>
  value === ""
    ? null
    : xmlElement(
        "KYCInfo",
        {},
        element("KYCName", `[Personal Details][${name}]`),
        element("KYCValue", value.slice(0, 128)),
      );

export function renderConfirmation({
  payment,
  parties,
  receipt,
  endedAt,
  balances,
}: SoapResultContext): string {
  const account = toTransactionType(parties.organisationKind ?? "") === "Buy Goods" ? "merchant" : "utility";
  return renderMessage("C2BPaymentConfirmationRequest", {
    payment,
    parties,
    receipt,
    at: endedAt,
    further: [
      element("OrgAccountBalance", formatDecimal(balances[account] ?? 0n)),
      optional("ThirdPartyTransID", payment.thirdPartyReference ?? ""),
    ],
  });
}

export const soapValidation: ValidationFormat = {
  render: ({ payment, parties }) => ({
    contentType: "text/xml;charset=UTF-8",
    headers: { SOAPAction: soapActions.validation },
    body: renderMessage("C2BPaymentValidationRequest", {
      payment,
      parties,
      receipt: payment.receipt ?? "",
      at: payment.at.getTime(),
      further: [],
    }),
  }),
  parse: ({ httpStatus, body }) => parseValidationAnswer(httpStatus, body),
};

const resultName = "C2BPaymentValidationResult";

/** The code 0 accepts, any other one rejects. What is no answer of the service is none. */
function parseValidationAnswer(httpStatus: number, body: string): ValidationAnswer {
  const envelope = readEnvelope(body);
  if ("problem" in envelope)
    return { verdict: "none", failure: `The response is no answer. ${envelope.problem}` };
  const result = findResult(envelope.message);
  const code = getChildText(result, "ResultCode");
  if (code === null) return { verdict: "none", failure: "The response has no ResultCode." };
  if (!/^0+$/.test(code)) return { verdict: "refused", refusal: findValidationRefusal(code) };
  if (httpStatus < 200 || httpStatus > 299)
    return { verdict: "none", failure: `It answered ${httpStatus}, which does not accept the payment.` };
  const reference = getChildText(result, "ThirdPartyTransID");
  return {
    verdict: "accepted",
    thirdPartyReference: reference === null ? null : cutThirdPartyReference(reference),
  };
}

/** Some services wrap the result into an element of their operation. */
const findResult = (message: XmlElement): XmlElement | undefined =>
  isNamed(message, resultName) ? message : (findChild(message, resultName) ?? message);
