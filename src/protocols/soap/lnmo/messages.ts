/** The documents of the LNMO checkout: responses, faults, and the fields of results. Pure. */
import { formatAmount } from "../../../core/money.ts";
import { buildEnvelope } from "../xml/soap-envelope.ts";
import { xmlDocument, xmlElement } from "../xml/write-xml.ts";
import { lnmoNamespace } from "./names.ts";
import { returnCodes, type ReturnCode } from "./return-codes.ts";

/** The fields of a message, in order. */
export type LnmoFields = Readonly<Record<string, string>>;

/** A message with these fields in an envelope. */
export const renderMessage = (name: string, fields: LnmoFields): string =>
  xmlDocument(
    buildEnvelope(
      "SOAP-ENV",
      { ns1: lnmoNamespace },
      xmlElement(
        `ns1:${name}`,
        {},
        Object.entries(fields).map(([field, value]) => xmlElement(field, {}, value)),
      ),
    ),
  );

/** The answer to a body that is no request of the service. */
export const renderFault = (problem: string): string =>
  xmlDocument(
    buildEnvelope(
      "SOAP-ENV",
      {},
      xmlElement(
        "SOAP-ENV:Fault",
        {},
        xmlElement("faultcode", {}, "SOAP-ENV:Client"),
        xmlElement("faultstring", {}, problem),
      ),
    ),
  );

/** What became of a checkout. */
export type TransactionStatus = "Pending" | "Success" | "Failed" | "Error";

export interface CheckoutResult {
  readonly msisdn: string;
  readonly amountMinor: bigint | null;
  /** When the payment ended; milliseconds since 1970. Null if it has not. */
  readonly endedAt: number | null;
  /** Null unless the money moved. */
  readonly receipt: string | null;
  readonly status: TransactionStatus;
  readonly code: ReturnCode;
  readonly merchantTransactionId: string;
  /** ENC_PARAMS, as it was sent. */
  readonly passthrough: string;
  readonly trxId: string;
}

/** What a checkout has not (yet). */
const none = "N/A";

/** The fields of a status, and of a callback as XML. */
export const listResultFields = (result: CheckoutResult): LnmoFields => ({
  MSISDN: result.msisdn,
  AMOUNT: result.amountMinor === null ? "" : formatShillings(result.amountMinor),
  MPESA_TRX_DATE: result.endedAt === null ? none : formatTransactionDate(result.endedAt),
  MPESA_TRX_ID: result.receipt ?? none,
  TRX_STATUS: result.status,
  RETURN_CODE: result.code,
  DESCRIPTION: returnCodes[result.code],
  MERCHANT_TRANSACTION_ID: result.merchantTransactionId,
  ENC_PARAMS: result.passthrough,
  TRX_ID: result.trxId,
});

/** The names that forms and query strings have a hyphen in. */
const hyphenated: Readonly<Record<string, string>> = {
  MPESA_TRX_DATE: "M-PESA_TRX_DATE",
  MPESA_TRX_ID: "M-PESA_TRX_ID",
};

/** The fields of a callback as a form, or as a query string. */
export const formatForm = (result: CheckoutResult): string =>
  new URLSearchParams(
    Object.entries(listResultFields(result)).map(([name, value]): [string, string] => [
      hyphenated[name] ?? name,
      value,
    ]),
  ).toString();

/** A double: `54` for 54.00, and `54.5` for 54.50. */
const formatShillings = (amountMinor: bigint): string =>
  formatAmount(amountMinor, 2)
    .replace(/\.00$/, "")
    .replace(/(\.\d)0$/, "$1");

const nairobiOffsetMs = 3 * 3_600_000;

/** `YYYY-MM-DD HH:mm:ss` in Nairobi. */
const formatTransactionDate = (at: number): string =>
  new Date(at + nairobiOffsetMs).toISOString().slice(0, 19).replace("T", " ");
