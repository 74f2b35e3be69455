/** What a code means: the same words for answers and for callbacks. */
import { codes, operations, type Explanation, type Operation } from "./generated/openapi-v2.ts";

/** What some say an acknowledgement has. It says nothing of how the request ended, whatever comes with it. */
export const acknowledgementCode = "INS-A-0";

/** Codes of success: at once, of a second step, and the two that some say an acknowledgement has. */
const successCodes: ReadonlySet<string> = new Set(["INS-0", "INS-GAR-0", acknowledgementCode, "0"]);

export const isSuccessCode = (code: string): boolean => successCodes.has(code);

export const isDocumentedCode = (code: string): boolean => Object.hasOwn(codes, code);

/**
 * In plain words what happened and what to do; of a code that nobody documents, what the platform said itself.
 *
 * Some codes mean something else in one call, which a callback does not name.
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
    reason: `The platform answered ${code === "" ? "without a code" : code}, which nobody documents${suffix}.`,
    advice: codes["INS-1"].advice,
  };
}

/**
 * What a code says of money. Where it leaves a doubt that is `unknown`: a timeout, a duplicate, a failure of the
 * platform in a call that moves money, and every code that nobody documents.
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
