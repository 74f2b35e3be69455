/** What a shell may offer for an argument or an option's value, where its choices do not say it. */
import type { Argument, Option } from "commander";

/** `files` a shell knows itself; words are offered as they are; the others are asked of the server that runs. */
export type Completions = "files" | ServerCompletion | readonly string[];
export const serverCompletions = ["handsets", "people", "snapshots"] as const;
export type ServerCompletion = (typeof serverCompletions)[number];

const completionsByPart = new WeakMap<Argument | Option, Completions>();

export function completeWith<Part extends Argument | Option>(part: Part, completions: Completions): Part {
  completionsByPart.set(part, completions);
  return part;
}

/** What is offered: what was said above, the choices, or files for what is called one. */
export function completionsFor(part: Argument | Option): Completions | null {
  const explicit = completionsByPart.get(part);
  if (explicit !== undefined) return explicit;
  if (part.argChoices !== undefined) return part.argChoices;
  const name = "flags" in part ? part.flags : part.name();
  return /file|folder/.test(name) ? "files" : null;
}
