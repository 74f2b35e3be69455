/** The JSON types of codes in results, which differ by product as in Daraja itself. */

/** The JSON types of `ResultType` and `ResultCode`. A code with letters is always a text. */
export interface ResultStyle {
  readonly success: "number" | "string";
  readonly failureType: "number" | "string";
  readonly failureCode: "number" | "string";
}

/** B2C, Pochi, reversal, transaction status. */
export const numericStyle: ResultStyle = {
  success: "number",
  failureType: "number",
  failureCode: "number",
};

/** Account balance, B2B, top-up. */
export const textStyle: ResultStyle = { success: "string", failureType: "number", failureCode: "number" };

/** Tax remittance. */
export const taxStyle: ResultStyle = { success: "string", failureType: "string", failureCode: "number" };
