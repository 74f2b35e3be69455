/** Finds names of fields that the call does not have but that resemble a parameter: the sender probably misspelt it. */
import type { RawFields } from "../json-fields.ts";
import { quoteName } from "./request-fields.ts";

/** So many edits (a character inserted, removed or replaced, or two swapped) may separate a name from a parameter's. */
const maxEdits = 2;
const maxNameLength = 50;
/** A request may have thousands of names; only the first are compared. */
const maxComparedNames = 10;

/** A call's parameters by name, with their other spellings. */
export type NamedParameters = Readonly<Record<string, { readonly aliases?: readonly string[] }>>;

/**
 * A sentence for each unknown name that resembles a parameter, or one of the names that every call accepts. The call
 * ignores these fields.
 */
export function describeUnknownNames(
  parameters: NamedParameters,
  otherNames: readonly string[],
  fields: RawFields,
): string[] {
  const sentences: string[] = [];
  let compared = 0;
  for (const name of fields.keys()) {
    if (compared === maxComparedNames) break;
    if (Object.hasOwn(parameters, name) || otherNames.includes(name) || !/^input_/i.test(name)) continue;
    if (isAlias(parameters, name) || name.length > maxNameLength) continue;
    compared += 1;
    const similar = findSimilarName([...Object.keys(parameters), ...otherNames], name);
    if (similar !== null)
      sentences.push(`${quoteName(name)} is no parameter and was ignored: is ${similar} meant?`);
  }
  return sentences;
}

const isAlias = (parameters: NamedParameters, name: string): boolean =>
  Object.values(parameters).some(({ aliases }) => aliases?.includes(name) === true);

/** The candidate that a name resembles, ignoring case; null if it resembles none. */
export function findSimilarName(candidates: readonly string[], name: string): string | null {
  if (name.length > maxNameLength) return null;
  const text = name.toLowerCase();
  const distances = candidates.map((candidate) => countEdits(candidate.toLowerCase(), text));
  const least = Math.min(...distances);
  return least <= maxEdits ? (candidates[distances.indexOf(least)] ?? null) : null;
}

/** The edit distance of two texts, or infinity if their lengths alone exceed `maxEdits`. */
export function countEdits(left: string, right: string): number {
  if (Math.abs(left.length - right.length) > maxEdits) return Infinity;
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const replaced = left[row - 1] === right[column - 1] ? 0 : 1;
      const swapped =
        row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      current[column] = Math.min(
        (previous[column] as number) + 1,
        (current[column - 1] as number) + 1,
        (previous[column - 1] as number) + replaced,
        swapped ? (beforePrevious[column - 2] as number) + 1 : Infinity,
      );
    }
    beforePrevious = previous;
    previous = current;
  }
  return previous[right.length] as number;
}
