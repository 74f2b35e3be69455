/** Reasons, advice and outcomes of INS codes, for responses and for callbacks. */
import { codes, operations, type Explanation, type Operation } from "./generated.ts";

/** Some documentation gives acknowledgements this code. It says nothing about the outcome, even with other fields. */
export const acknowledgementCode = "INS-A-0";

/** Success codes: a completed call, a second step, and two codes that some documentation gives acknowledgements. */
const successCodes: ReadonlySet<string> = new Set(["INS-0", "INS-GAR-0", acknowledgementCode, "0"]);

export const isSuccessCode = (code: string): boolean => successCodes.has(code);

export const isDocumentedCode = (code: string): boolean => Object.hasOwn(codes, code);

/**
 * The reason and the advice for a code. For an undocumented code, the reason contains the platform's description.
 *
 * Some codes have a different meaning in one operation. A callback does not name its operation, so it gets the general
 * meaning.
 */
export function explainCode(code: string, description = "", operation: Operation | null = null): Explanation {
  const operationSpecific: Readonly<Record<string, Explanation>> =
    operation === null ? {} : operations[operation].explanations;
  const documented: Readonly<Record<string, Explanation>> = codes;
  for (const table of [operationSpecific, documented]) {
    const explanation = Object.hasOwn(table, code) ? table[code] : undefined;
    if (explanation !== undefined) return explanation;
  }
  if (isSuccessCode(code)) return codes["INS-0"];
  const suffix = description === "" ? "" : `: ${description}`;
  return {
    reason: `The platform responded ${code === "" ? "without a code" : `with the undocumented code ${code}`}${suffix}.`,
    advice: codes["INS-1"].advice,
  };
}

/**
 * What a code means for the money. Doubtful codes have their own values, which callers report as `unknown`: a timeout,
 * a duplicate, a platform failure in a call that moves money, and every undocumented code.
 */
export function outcomeForCode(
  code: string,
  movesMoney: boolean,
): "accepted" | "refused" | "timed_out" | "duplicate" | "platform_error" {
  if (isSuccessCode(code)) return "accepted";
  if (code === "INS-9") return "timed_out";
  if (code === "INS-10") return "duplicate";
  if (code === "INS-1") return movesMoney ? "platform_error" : "refused";
  return isDocumentedCode(code) ? "refused" : "platform_error";
}
