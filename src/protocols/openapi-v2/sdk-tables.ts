/**
 * `sdk/src/generated/openapi-v2.ts`: what the SDK knows of markets, calls and codes, written from our tables.
 *
 * The SDK imports nothing of the server, and a second copy by hand would drift. After changing a table:
 * `node src/protocols/openapi-v2/sdk-tables.ts > sdk/src/generated/openapi-v2.ts`.
 */
import { markets } from "../../money.ts";
import { frequencies } from "../../payments/mandate-terms.ts";
import { explanations, explanationsIn } from "./explanations.ts";
import { getSession } from "./get-session.ts";
import type { Operation } from "./operation.ts";
import { operations } from "./operations.ts";
import { responseUrl, type Parameter } from "./parameters.ts";

const opening = `/**
 * What the platform's own tables say: markets, calls with their parameters, and codes.
 *
 * Written by src/protocols/openapi-v2/sdk-tables.ts in the server's repository; change it there.
 */

/** A country's operator: what the wire calls it, and what its amounts and numbers look like. */
export interface MarketRow {
  readonly name: string;
  readonly country: string;
  readonly currency: string;
  readonly decimals: number;
  readonly prefix: string;
  /** Of a whole number, its prefix included. */
  readonly digits: number;
}

/** What a parameter must look like, and the code for one that does not. */
export interface ParameterRow {
  readonly mandatory: boolean;
  readonly code: Code;
  readonly expression?: RegExp;
  readonly expressionIn?: { readonly [M in Market]?: RegExp };
}

/** A call. \`answers\` are its own fields; \`explains\` has the codes that mean something else there. */
export interface OperationRow {
  readonly method: "GET" | "POST" | "PUT";
  readonly path: string;
  readonly parameters: Readonly<Record<string, ParameterRow>>;
  readonly answers: readonly string[];
  readonly explains: { readonly [C in Code]?: Explanation };
}

/** A code in words for people. */
export interface Explanation {
  readonly reason: string;
  readonly advice: string;
}
`;

export function renderSdkTables(): string {
  const calls = callRows();
  return [
    opening,
    union("A country's operator, as the wire calls it.", "Market", Object.keys(markets)),
    constant("markets", "Readonly<Record<Market, MarketRow>>", marketRows()),
    union("How often a mandate may be paid.", "Frequency", Object.values(frequencies)),
    union("The wire's number of a frequency.", "FrequencyCode", Object.keys(frequencies)),
    constant("frequencies", "Readonly<Record<FrequencyCode, Frequency>>", frequencies),
    union("The platform's calls.", "Operation", Object.keys(calls)),
    constant("operations", "Readonly<Record<Operation, OperationRow>>", calls),
    union("Every documented code.", "Code", Object.keys(explanations)),
    constant("codes", "Readonly<Record<Code, Explanation>>", explanations),
    constant("responseUrlField", "string", responseUrl.name, "Where a result is told; every call takes it."),
  ].join("\n");
}

function marketRows(): object {
  return Object.fromEntries(
    Object.entries(markets).map(([name, { timeZone: _zone, ...row }]) => [name, row]),
  );
}

function callRows(): object {
  const { call, method, path, answers } = getSession;
  const session = { method, path, parameters: {}, answers: Object.keys(answers), explains: {} };
  return {
    [call]: session,
    ...Object.fromEntries(operations.map((each) => [each.product, callRow(each)])),
  };
}

function callRow({ product, method, path, parameters, answers }: Operation): object {
  return {
    method,
    path,
    parameters: Object.fromEntries(
      Object.entries(parameters).map(([name, each]) => [name, parameterRow(each)]),
    ),
    answers: Object.keys(answers),
    explains: explanationsIn[product] ?? {},
  };
}

function parameterRow({ mandatory, expression, expressionIn, code }: Parameter): object {
  return {
    mandatory,
    code,
    ...(expression === null ? {} : { expression }),
    ...(expressionIn === undefined ? {} : { expressionIn }),
  };
}

const union = (about: string, name: string, words: readonly string[]): string =>
  `/** ${about} */\nexport type ${name} =${words.map((each) => `\n  | ${JSON.stringify(each)}`).join("")};\n`;

const constant = (name: string, type: string, value: unknown, about?: string): string =>
  `${about === undefined ? "" : `/** ${about} */\n`}export const ${name}: ${type} = ${literal(value, "")};\n`;

/** A value as code: names without quotes where they need none, expressions as they are written. */
function literal(value: unknown, indent: string): string {
  if (value instanceof RegExp) return value.toString();
  if (Array.isArray(value)) return `[${value.map((each) => literal(each, indent)).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const rows = Object.entries(value).map(
    ([name, each]) =>
      `${/^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name)}: ${literal(each, `${indent}  `)}`,
  );
  if (rows.length === 0) return "{}";
  const line = `{ ${rows.join(", ")} }`;
  if (!line.includes("\n") && line.length + indent.length < 100) return line;
  return `{\n${rows.map((row) => `${indent}  ${row},\n`).join("")}${indent}}`;
}

if (import.meta.main) process.stdout.write(renderSdkTables());
