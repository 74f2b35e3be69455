/**
 * The values at the top of every sample, and the function that replaces them with a user's own.
 *
 * A line that ends in a comment `{{API_KEY}}` declares one of them: `fillSample` replaces its value. A line that ends
 * in `{{SANDBOX}}` reads values from the `sandbox.json` of a running sandbox; `fillSample` removes it. This file also
 * runs in a browser.
 */
import { markets, type Environment, type Market } from "../../../core/markets.ts";

export type ValueName =
  | "gateway"
  | "environment"
  | "market"
  | "apiKey"
  | "publicKey"
  | "organisation"
  | "receiver"
  | "customer"
  | "country"
  | "currency";

/** A user's own values. An omitted one keeps the sample's default. */
export interface SampleValues {
  /** Without a slash at its end: `https://openapi.m-pesa.com`. */
  readonly gateway: string;
  readonly environment: Environment;
  readonly market: Market;
  readonly apiKey: string;
  /** The DER of a SubjectPublicKeyInfo in base64, as the portal shows it. */
  readonly publicKey: string;
  /** A customer of that market. */
  readonly customer: string;
  readonly organisation?: string;
  readonly receiver?: string;
}

/** How a language declares a constant. */
export interface Spelling {
  readonly comment: "#" | "//";
  readonly environments: Readonly<Record<Environment, string>>;
  spell(name: ValueName): string;
  quote(text: string): string;
  /** A declaration with a literal value. */
  declare(name: string, quoted: string): string;
}

const pathEnvironments = { sandbox: "sandbox", live: "openapi" } as const;

const doubleQuote = (text: string): string => `"${text.replaceAll(/["\\]/g, "\\$&")}"`;
const toUpperSnake = (name: string): string => name.replaceAll(/[A-Z]/g, "_$&").toUpperCase();

// prettier-ignore
export const spellings = {
  curl: {
    comment: "#", environments: pathEnvironments,
    spell: (name) => toUpperSnake(name).toLowerCase(),
    quote: (text) => `'${text.replaceAll("'", String.raw`'\''`)}'`,
    declare: (name, quoted) => `${name}=${quoted}`,
  },
  "typescript-sdk": {
    comment: "//", environments: { sandbox: "sandbox", live: "live" },
    spell: (name) => name, quote: doubleQuote,
    declare: (name, quoted) => `const ${name} = ${quoted};`,
  },
  typescript: {
    comment: "//", environments: pathEnvironments,
    spell: (name) => name, quote: doubleQuote,
    declare: (name, quoted) => `const ${name} = ${quoted};`,
  },
  python: {
    comment: "#", environments: pathEnvironments,
    spell: toUpperSnake, quote: doubleQuote,
    declare: (name, quoted) => `${name} = ${quoted}`,
  },
  php: {
    comment: "//", environments: pathEnvironments,
    spell: toUpperSnake,
    quote: (text) => `'${text.replaceAll(/['\\]/g, "\\$&")}'`,
    declare: (name, quoted) => `const ${name} = ${quoted};`,
  },
  java: {
    comment: "//", environments: pathEnvironments,
    spell: toUpperSnake, quote: doubleQuote,
    declare: (name, quoted) => `static final String ${name} = ${quoted};`,
  },
  csharp: {
    comment: "//", environments: pathEnvironments,
    spell: (name) => name, quote: doubleQuote,
    declare: (name, quoted) => `var ${name} = ${quoted};`,
  },
} as const satisfies Record<string, Spelling>;

export type LanguageId = keyof typeof spellings;

/** `{{API_KEY}}`. */
export const placeholder = (name: ValueName): string => `{{${toUpperSnake(name)}}}`;

export const sandboxMarker = "{{SANDBOX}}";

/**
 * The sample with a user's own values, ready to copy and run, without the sandbox lines.
 *
 * Throws for a value that is not printable ASCII: every key, number and URL is, and not every language accepts other
 * characters in its source.
 */
export function fillSample(text: string, language: LanguageId, values: SampleValues): string {
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

function fillLine(line: string, language: LanguageId, values: SampleValues): string {
  const { indent = "", rest = "", name = "" } = placeholderLine.exec(line)?.groups ?? {};
  if (name === "") return line;
  const spelling: Spelling = spellings[language];
  const entry = Object.entries(resolveValues(spelling, values)).find(([key]) => toUpperSnake(key) === name);
  if (entry?.[1] === undefined) return indent + rest;
  const [valueName, value] = entry;
  if (unquotable.test(value))
    throw new RangeError(`${valueName} contains a character that is not printable ASCII`);
  return indent + spelling.declare(spelling.spell(valueName as ValueName), spelling.quote(value));
}

const unquotable = /[^ -~]/;

function resolveValues(
  spelling: Spelling,
  values: SampleValues,
): Readonly<Record<ValueName, string | undefined>> {
  const { country, currency } = markets[values.market];
  const { gateway, market, apiKey, publicKey, organisation, receiver, customer } = values;
  const environment = spelling.environments[values.environment];
  return {
    gateway,
    environment,
    market,
    apiKey,
    publicKey,
    organisation,
    receiver,
    customer,
    country,
    currency,
  };
}
