/** The codes of OpenAPI v2 and their texts. Each call lists those it may answer, with its HTTP status for each. */

// prettier-ignore
export const codeTexts = {
  "INS-0":     "Request processed successfully",
  "INS-GAR-0": "Request processed successfully",
  "INS-1":     "Internal Error",
  "INS-6":     "Transaction Failed",
  "INS-9":     "Request timeout",
  "INS-10":    "Duplicate Transaction",
  "INS-13":    "Invalid Shortcode Used",
  "INS-15":    "Invalid Amount Used",
  "INS-17":    "Invalid Transaction Reference. Length Should Be Between 1 and 20.",
  "INS-18":    "Invalid TransactionID Used",
  "INS-19":    "Invalid ThirdPartyReference Used",
  "INS-20":    "Not All Parameters Provided. Please try again.",
  "INS-21":    "Parameter validations failed. Please try again.",
  "INS-23":    "Transaction not found. Contact M-Pesa Support",
  "INS-26":    "Invalid Currency Used",
  "INS-28":    "Invalid ThirdPartyConversationID Used",
  "INS-30":    "Invalid Purchased Items Description Used",
  "INS-31":    "Invalid Payment Items Description Used",
  "INS-32":    "Invalid KYC Query Type Used",
  "INS-35":    "This transaction do not belong to you",
  "INS-36":    "Invalid Agreed TC Used",
  "INS-39":    "Invalid First Payment Date Used",
  "INS-40":    "Invalid Frequency Used",
  "INS-41":    "Invalid Start Range Days Used",
  "INS-42":    "Invalid End Range Days Used",
  "INS-43":    "Invalid Expiry Date Used",
  "INS-50":    "MSISDN Token and MSISDN provided does not Match",
  "INS-51":    "Invalid MandateID Used",
  "INS-52":    "The MandateID used does not correspond to the ThirdPartyReference used.",
  "INS-54":    "Invalid BalanceAmount Used",
  "INS-55":    "BalanceAmount is Mandatory when QueryBalanceAmount is True",
  "INS-56":    "Invalid MSISDNToken Used",
  "INS-57":    "Either MSISDN or MSISDNToken required",
  "INS-58":    "No Active Mandate found",
  "INS-989":   "Session Creation Failed",
  "INS-990":   "Customer Transaction Value Limit Breached",
  "INS-991":   "Customer Transaction Count Limit Breached",
  "INS-992":   "Multiple Limits Breached",
  "INS-993":   "Organization Transaction Count Limit Breached",
  "INS-994":   "Organization Transaction Value Limit Breached",
  "INS-995":   "API Single Transaction Limit Breached",
  "INS-996":   "API Being Used Outside Of Usage Time",
  "INS-997":   "API Not Enabled",
  "INS-998":   "Invalid Market",
  "INS-2006":  "Insufficient balance",
  "INS-2051":  "MSISDN invalid.",
} as const;

export type Code = keyof typeof codeTexts;

/** The codes that a call may return, each with its HTTP status, and the call's own text where it differs. */
export type CodeTable = {
  readonly [C in Code]?: number | { readonly status: number; readonly text: string };
};

/** The codes of calls that move money, which almost all of them share. */
export const commonCodes = {
  "INS-1": 400,
  "INS-6": 401,
  "INS-9": 408,
  "INS-13": 400,
  "INS-20": 400,
  "INS-21": 400,
  "INS-28": 400,
  "INS-996": 400,
  "INS-997": 400,
  "INS-998": 400,
} as const satisfies CodeTable;

/** The codes of the limits that an application may carry. */
export const limitCodes = {
  "INS-990": 400,
  "INS-991": 400,
  "INS-992": 400,
  "INS-993": 400,
  "INS-994": 400,
  "INS-995": 400,
} as const satisfies CodeTable;

/** A response's code, HTTP status and text. */
export interface ResponseCode {
  readonly code: Code;
  readonly status: number;
  readonly text: string;
}

/**
 * The first of these codes that is in the call's own table, with its status and text.
 *
 * The last resort is `INS-1`, which is in every table except getSession's (whose only failure is `INS-989`).
 */
export function findResponseCode(table: CodeTable, ...preferred: readonly Code[]): ResponseCode {
  for (const code of [...preferred, "INS-1", "INS-989"] as const) {
    const entry = table[code];
    if (entry === undefined) continue;
    return typeof entry === "number"
      ? { code, status: entry, text: codeTexts[code] }
      : { code, status: entry.status, text: entry.text };
  }
  throw new Error("the code table has neither INS-1 nor INS-989");
}
