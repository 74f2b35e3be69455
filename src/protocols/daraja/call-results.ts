/** The result code of a refusal in a call, and its text there. */
import type { RecordedRefusal } from "../../payments/refusals.ts";
import type { DarajaOperation } from "./operation.ts";
import { refusalResults, resultTexts, type ResultCode } from "./result-codes.ts";

/** 0 for a success. */
export const toResultCode = (
  operation: Pick<DarajaOperation, "refusalResults">,
  refusal: RecordedRefusal | null,
): ResultCode => (refusal === null ? "0" : (operation.refusalResults?.[refusal] ?? refusalResults[refusal]));

export const toResultText = (operation: Pick<DarajaOperation, "resultTexts">, code: ResultCode): string =>
  operation.resultTexts?.[code] ?? resultTexts[code];
