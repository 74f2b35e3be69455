/** What a shell may offer for an argument or an option's value, where its choices do not say it. */
import type { Argument, Option } from "commander";

/** `files` a shell knows itself; words are offered as they are; the others are asked of the server that runs. */
export type Offer = "files" | LiveOffer | readonly string[];
export const liveOffers = ["handsets", "people", "snapshots"] as const;
export type LiveOffer = (typeof liveOffers)[number];

const offers = new WeakMap<Argument | Option, Offer>();

export function offering<Part extends Argument | Option>(part: Part, offer: Offer): Part {
  offers.set(part, offer);
  return part;
}

/** What is offered: what was said above, the choices, or files for what is called one. */
export function offerFor(part: Argument | Option): Offer | null {
  const said = offers.get(part);
  if (said !== undefined) return said;
  if (part.argChoices !== undefined) return part.argChoices;
  const name = "flags" in part ? part.flags : part.name();
  return /file|folder/.test(name) ? "files" : null;
}
