/**
 * How the languages of the samples write names, texts and constants, and the function that replaces the values at the
 * top of a sample.
 *
 * A line that ends in a comment `{{API_KEY}}` declares a value: `fillLines` replaces it. A line that ends in `{{SANDBOX}}`
 * reads values from the `sandbox.json` of a running sandbox; `fillLines` removes it. This file also runs in a browser.
 */

/** How a language declares a constant. */
export interface Spelling {
  readonly comment: "#" | "//";
  spell(name: string): string;
  quote(text: string): string;
  /** A declaration with a literal value. */
  declare(name: string, quoted: string): string;
}

const doubleQuote = (text: string): string => `"${text.replaceAll(/["\\]/g, "\\$&")}"`;
const toUpperSnake = (name: string): string => name.replaceAll(/[A-Z]/g, "_$&").toUpperCase();

// prettier-ignore
export const spellings = {
  curl: {
    comment: "#",
    spell: (name) => toUpperSnake(name).toLowerCase(),
    quote: (text) => `'${text.replaceAll("'", String.raw`'\''`)}'`,
    declare: (name, quoted) => `${name}=${quoted}`,
  },
  "typescript-sdk": {
    comment: "//",
    spell: (name) => name, quote: doubleQuote,
    declare: (name, quoted) => `const ${name} = ${quoted};`,
  },
  typescript: {
    comment: "//",
    spell: (name) => name, quote: doubleQuote,
    declare: (name, quoted) => `const ${name} = ${quoted};`,
  },
  python: {
    comment: "#",
    spell: toUpperSnake, quote: doubleQuote,
    declare: (name, quoted) => `${name} = ${quoted}`,
  },
  php: {
    comment: "//",
    spell: toUpperSnake,
    quote: (text) => `'${text.replaceAll(/['\\]/g, "\\$&")}'`,
    declare: (name, quoted) => `const ${name} = ${quoted};`,
  },
  java: {
    comment: "//",
    spell: toUpperSnake, quote: doubleQuote,
    declare: (name, quoted) => `static final String ${name} = ${quoted};`,
  },
  csharp: {
    comment: "//",
    spell: (name) => name, quote: doubleQuote,
    declare: (name, quoted) => `var ${name} = ${quoted};`,
  },
} as const satisfies Record<string, Spelling>;

export type LanguageId = keyof typeof spellings;

/** `{{API_KEY}}`. */
export const placeholder = (name: string): string => `{{${toUpperSnake(name)}}}`;

export const sandboxMarker = "{{SANDBOX}}";

/** The end of the line that declares a value. */
export const placeholderComment = ({ comment }: Spelling, name: string): string =>
  `${comment === "#" ? "  " : " "}${comment} ${placeholder(name)}`;

/** A user's own values by name. An undefined one keeps the sample's default. */
export type FilledValues = Readonly<Record<string, string | undefined>>;

/**
 * The sample with a user's own values, ready to copy and run, without the sandbox lines.
 *
 * Throws for a value that is not printable ASCII: every key, number and URL is, and not every language accepts other
 * characters in its source.
 */
export function fillLines(text: string, language: LanguageId, values: FilledValues): string {
  const filled: string[] = [];
  let dropped = false;
  for (const line of text.split("\n")) {
    if (line.endsWith(sandboxMarker)) {
      dropped = true;
      continue;
    }
    // A removed line stood between two empty lines: keep only one of them.
    const isExtraBlank = dropped && line === "" && filled.at(-1) === "";
    dropped = false;
    if (!isExtraBlank) filled.push(fillLine(line, language, values));
  }
  return filled.join("\n");
}

const placeholderLine = /^(?<indent> *)(?<rest>.*?) +(?:#|\/\/) \{\{(?<name>[A-Z_]+)\}\}$/;

function fillLine(line: string, language: LanguageId, values: FilledValues): string {
  const { indent = "", rest = "", name = "" } = placeholderLine.exec(line)?.groups ?? {};
  if (name === "") return line;
  const spelling: Spelling = spellings[language];
  const entry = Object.entries(values).find(([key]) => toUpperSnake(key) === name);
  if (entry?.[1] === undefined) return indent + rest;
  const [valueName, value] = entry;
  if (unquotable.test(value))
    throw new RangeError(`${valueName} contains a character that is not printable ASCII`);
  return indent + spelling.declare(spelling.spell(valueName), spelling.quote(value));
}

const unquotable = /[^ -~]/;
