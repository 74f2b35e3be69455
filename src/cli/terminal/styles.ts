/**
 * Colour and signs for people: on a terminal, and nowhere else.
 *
 * Node decides what a stream can show, and heeds NO_COLOR and FORCE_COLOR. A text that goes to a file or into
 * a pipe has the same words and signs without colour, so that nothing is said by colour alone.
 */
import { stripVTControlCharacters, styleText } from "node:util";

const styles = {
  /** What went as it should. */
  good: "green",
  /** What did not. */
  bad: "red",
  /** What somebody should look at. */
  warn: "yellow",
  /** What matters less than what is beside it. */
  quiet: "gray",
  /** What to type, or where to go. */
  hint: "cyan",
  strong: "bold",
} as const;

export type StyleName = keyof typeof styles;

/** The text in a style, if the stream it is written to shows styles. */
export function style(name: StyleName, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  return styleText(styles[name], text, { stream, validateStream: true });
}

/** Signs that stand in front of a line, so that a column of them can be read at a glance. */
export const symbols = { good: "✔", bad: "✖", warn: "!", quiet: "·" } as const satisfies Partial<
  Record<StyleName, string>
>;

/** A sign in its colour. */
export const styledSymbol = (kind: keyof typeof symbols, stream?: NodeJS.WriteStream): string =>
  style(kind, symbols[kind], stream);

/** How many columns a text takes, its colours left out. */
export const displayWidth = (text: string): number => stripVTControlCharacters(text).length;
