/** What a code means: the same words for answers and for callbacks. */
import { codes, operations, type Explanation, type Operation } from "./generated/openapi-v2.ts";

/** What some say an acknowledgement has. It says nothing of how the request ended, whatever comes with it. */
export const acknowledgementCode = "INS-A-0";

/** Codes of success: at once, of a second step, and the two that some say an acknowledgement has. */
const successes: ReadonlySet<string> = new Set(["INS-0", "INS-GAR-0", acknowledgementCode, "0"]);

export const isSuccess = (code: string): boolean => successes.has(code);

export const isDocumented = (code: string): boolean => Object.hasOwn(codes, code);

/**
 * In plain words what happened and what to do; of a code that nobody documents, what the platform said itself.
 *
 * Some codes mean something else in one call, which a callback does not name.
 */
export function explain(code: string, description = "", operation: Operation | null = null): Explanation {
  const here: Readonly<Record<string, Explanation>> =
    operation === null ? {} : operations[operation].explains;
  const documented: Readonly<Record<string, Explanation>> = codes;
  for (const table of [here, documented]) {
    const found = Object.hasOwn(table, code) ? table[code] : undefined;
    if (found !== undefined) return found;
  }
  if (isSuccess(code)) return codes["INS-0"];
  const said = description === "" ? "" : `: ${description}`;
  return {
    reason: `The platform answered ${code === "" ? "without a code" : code}, which nobody documents${said}.`,
    advice: codes["INS-1"].advice,
  };
}

/**
 * What a code says of money. Where it leaves a doubt that is `unknown`: a timeout, a duplicate, a failure of the
 * platform in a call that moves money, and every code that nobody documents.
 */
export function outcomeOf(
  code: string,
  movesMoney: boolean,
): "accepted" | "refused" | "timed_out" | "duplicate" | "platform_error" {
  if (isSuccess(code)) return "accepted";
  if (code === "INS-9") return "timed_out";
  if (code === "INS-10") return "duplicate";
  if (code === "INS-1") return movesMoney ? "platform_error" : "refused";
  return isDocumented(code) ? "refused" : "platform_error";
}
