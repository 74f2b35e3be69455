/** What a shell may complete for an argument or an option's value that has no choices. */
import type { Argument, Option } from "commander";

/**
 * The shell itself completes `files`. A list is offered as it is. The other kinds are read from the running
 * server.
 */
export type Completions = "files" | ServerCompletion | readonly string[];
export const serverCompletions = ["handsets", "people", "snapshots"] as const;
export type ServerCompletion = (typeof serverCompletions)[number];

const completionsByPart = new WeakMap<Argument | Option, Completions>();

export function completeWith<Part extends Argument | Option>(part: Part, completions: Completions): Part {
  completionsByPart.set(part, completions);
  return part;
}

/** The registered completions, the choices, or files for parameters that are named so. */
export function completionsFor(part: Argument | Option): Completions | null {
  const explicit = completionsByPart.get(part);
  if (explicit !== undefined) return explicit;
  if (part.argChoices !== undefined) return part.argChoices;
  const name = "flags" in part ? part.flags : part.name();
  return /file|folder/.test(name) ? "files" : null;
}
