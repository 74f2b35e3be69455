/**
 * Colours and symbols for terminals.
 *
 * Node decides what a stream supports, and respects NO_COLOR and FORCE_COLOR. Files and pipes get the same
 * text and symbols without colour, so no information depends on colour alone.
 */
import { styleText } from "node:util";

const styles = {
  /** Success. */
  good: "green",
  /** Failure. */
  bad: "red",
  /** Needs attention. */
  warn: "yellow",
  /** Secondary information. */
  quiet: "gray",
  /** A command or URL to use next. */
  hint: "cyan",
  strong: "bold",
} as const;

export type StyleName = keyof typeof styles;

/** Applies a style if the stream supports it. */
export function style(name: StyleName, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  return styleText(styles[name], text, { stream, validateStream: true });
}

/** Symbols at the start of a line, so that the state is visible at a glance. */
export const symbols = { good: "✔", bad: "✖", warn: "!", quiet: "·" } as const satisfies Partial<
  Record<StyleName, string>
>;

/** A symbol in its colour. */
export const styledSymbol = (kind: keyof typeof symbols, stream?: NodeJS.WriteStream): string =>
  style(kind, symbols[kind], stream);
