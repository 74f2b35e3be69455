/** The result code of a refusal in a call, and its text there. */
import { getRefusalInfo, type RecordedRefusal } from "../../payments/refusals.ts";
import type { DarajaOperation } from "./operation.ts";
import { refusalResults, resultTexts, type ResultCode } from "./result-codes.ts";

/** 0 for a success. */
export const toResultCode = (
  operation: Pick<DarajaOperation, "refusalResults">,
  refusal: RecordedRefusal | null,
): ResultCode => (refusal === null ? "0" : (operation.refusalResults?.[refusal] ?? refusalResults[refusal]));

export const toResultText = (operation: Pick<DarajaOperation, "resultTexts">, code: ResultCode): string =>
  operation.resultTexts?.[code] ?? resultTexts[code];

/** What the request log says of a payment that was made or refused. */
export const describePayment = (refusal: RecordedRefusal | null): string =>
  refusal === null ? "The payment was made." : getRefusalInfo(refusal).description;
