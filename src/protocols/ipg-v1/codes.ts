/**
 * The codes of IPG v1, with their texts and HTTP statuses. Each call lists those that it may answer.
 *
 * OpenAPI v2 uses some of these numbers with another meaning or status, so this table is of this protocol alone.
 */

// prettier-ignore
export const codes = {
  "INS-0":    { status: 200, text: "Request processed successfully" },
  "INS-1":    { status: 500, text: "Internal Error" },
  "INS-2":    { status: 401, text: "Invalid API Key" },
  "INS-4":    { status: 401, text: "User is not active" },
  "INS-5":    { status: 401, text: "Transaction cancelled by customer" },
  "INS-6":    { status: 401, text: "Transaction Failed" },
  "INS-9":    { status: 408, text: "Request timeout" },
  "INS-10":   { status: 409, text: "Duplicate Transaction" },
  "INS-13":   { status: 400, text: "Invalid Shortcode Used" },
  "INS-14":   { status: 400, text: "Invalid Reference Used" },
  "INS-15":   { status: 400, text: "Invalid Amount Used" },
  "INS-16":   { status: 503, text: "Unable to handle the request due to a temporary overloading" },
  "INS-17":   { status: 400, text: "Invalid Transaction Reference. Length Should Be Between 1 and 20." },
  "INS-18":   { status: 400, text: "Invalid TransactionID Used" },
  "INS-19":   { status: 400, text: "Invalid ThirdPartyReference Used" },
  "INS-20":   { status: 400, text: "Not All Parameters Provided. Please try again." },
  "INS-21":   { status: 400, text: "Parameter validations failed. Please try again." },
  "INS-22":   { status: 400, text: "Invalid Operation Type" },
  "INS-23":   { status: 400, text: "Unknown Status. Contact M-Pesa Support" },
  "INS-24":   { status: 400, text: "Invalid InitiatorIdentifier Used" },
  "INS-25":   { status: 400, text: "Invalid SecurityCredential Used" },
  "INS-26":   { status: 400, text: "Not authorized" },
  "INS-993":  { status: 400, text: "Direct Debit Missing" },
  "INS-994":  { status: 400, text: "Direct Debit Already Exists" },
  "INS-995":  { status: 400, text: "Customer's Profile Has Problems" },
  "INS-996":  { status: 400, text: "Customer Account Status Not Active" },
  "INS-997":  { status: 400, text: "Linking Transaction Not Found" },
  "INS-998":  { status: 400, text: "Invalid Market" },
  "INS-2001": { status: 400, text: "Initiator authentication error." },
  "INS-2002": { status: 400, text: "Receiver invalid." },
  "INS-2005": { status: 400, text: "Rule limited." },
  "INS-2006": { status: 422, text: "Insufficient balance" },
  "INS-2051": { status: 400, text: "MSISDN invalid." },
  "INS-2057": { status: 400, text: "Language code invalid." },
} as const;

export type IpgV1Code = keyof typeof codes;

/** The codes that a call may answer besides its success, in numerical order. */
export type IpgV1CodeList = readonly IpgV1Code[];

/** The codes that every call has. */
export const commonCodes = [
  "INS-1",
  "INS-2",
  "INS-6",
  "INS-9",
  "INS-13",
  "INS-16",
  "INS-19",
  "INS-20",
  "INS-21",
  "INS-26",
  "INS-998",
] as const satisfies IpgV1CodeList;

/** The codes that calls which move money add. */
export const paymentCodes = [
  "INS-4",
  "INS-10",
  "INS-15",
  "INS-22",
  "INS-23",
  "INS-2005",
  "INS-2006",
] as const satisfies IpgV1CodeList;

/** A response's code, HTTP status and text. */
export interface IpgV1ResponseCode {
  readonly code: IpgV1Code;
  readonly status: number;
  readonly text: string;
}

const toNumber = (code: string): number => Number(code.slice("INS-".length));

/** Lists codes in numerical order, each once. */
export const listCodes = (...lists: readonly IpgV1CodeList[]): IpgV1CodeList =>
  [...new Set(lists.flat())].toSorted((one, other) => toNumber(one) - toNumber(other));

/** The first of these codes that the call has. The last resort is `INS-1`, which every call has. */
export function findResponseCode(list: IpgV1CodeList, ...preferred: readonly IpgV1Code[]): IpgV1ResponseCode {
  const code = preferred.find((candidate) => list.includes(candidate)) ?? "INS-1";
  return { code, ...codes[code] };
}
