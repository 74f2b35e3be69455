/**
 * `sdk/src/openapi-v2/generated.ts`: what the SDK knows of markets, calls and codes, written from our tables.
 *
 * The SDK imports nothing of the server, and a second copy by hand would drift. After changing a table:
 * `node tools/docs/sdk-tables.ts > sdk/src/openapi-v2/generated.ts`.
 */
import { markets } from "../../src/core/money.ts";
import { frequencies } from "../../src/payments/mandate-terms.ts";
import { explanations, explanationsByProduct } from "../../src/protocols/openapi-v2/code-explanations.ts";
import { getSession } from "../../src/protocols/openapi-v2/operations/get-session.ts";
import type { Operation } from "../../src/protocols/openapi-v2/operation.ts";
import { operations } from "../../src/protocols/openapi-v2/operations.ts";
import { responseUrl, type Parameter } from "../../src/protocols/openapi-v2/parameters.ts";

const header = `/**
 * What the platform's own tables say: markets, calls with their parameters, and codes.
 *
 * Written by tools/docs/sdk-tables.ts in the server's repository; change it there.
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
  readonly marketExpressions?: { readonly [M in Market]?: RegExp };
}

/** A call. \`responseFields\` are its own fields; \`explanations\` has the codes that mean something else there. */
export interface OperationRow {
  readonly method: "GET" | "POST" | "PUT";
  readonly path: string;
  readonly parameters: Readonly<Record<string, ParameterRow>>;
  readonly responseFields: readonly string[];
  readonly explanations: { readonly [C in Code]?: Explanation };
}

/** A code in words for people. */
export interface Explanation {
  readonly reason: string;
  readonly advice: string;
}
`;

export function renderSdkTables(): string {
  const calls = buildCallRows();
  return [
    header,
    renderUnion("A country's operator, as the wire calls it.", "Market", Object.keys(markets)),
    renderConstant("markets", "Readonly<Record<Market, MarketRow>>", buildMarketRows()),
    renderUnion("How often a mandate may be paid.", "Frequency", Object.values(frequencies)),
    renderUnion("The wire's number of a frequency.", "FrequencyCode", Object.keys(frequencies)),
    renderConstant("frequencies", "Readonly<Record<FrequencyCode, Frequency>>", frequencies),
    renderUnion("The platform's calls.", "Operation", Object.keys(calls)),
    renderConstant("operations", "Readonly<Record<Operation, OperationRow>>", calls),
    renderUnion("Every documented code.", "Code", Object.keys(explanations)),
    renderConstant("codes", "Readonly<Record<Code, Explanation>>", explanations),
    renderConstant(
      "responseUrlField",
      "string",
      responseUrl.name,
      "Where a result is told; every call takes it.",
    ),
  ].join("\n");
}

function buildMarketRows(): object {
  return Object.fromEntries(
    Object.entries(markets).map(([name, { timeZone: _zone, ...row }]) => [name, row]),
  );
}

function buildCallRows(): object {
  const { call, method, path, response } = getSession;
  const session = { method, path, parameters: {}, responseFields: Object.keys(response), explanations: {} };
  return {
    [call]: session,
    ...Object.fromEntries(operations.map((operation) => [operation.product, buildCallRow(operation)])),
  };
}

function buildCallRow({ product, method, path, parameters, response }: Operation): object {
  return {
    method,
    path,
    parameters: Object.fromEntries(
      Object.entries(parameters).map(([name, parameter]) => [name, buildParameterRow(parameter)]),
    ),
    responseFields: Object.keys(response),
    explanations: explanationsByProduct[product] ?? {},
  };
}

function buildParameterRow({ mandatory, expression, marketExpressions, code }: Parameter): object {
  return {
    mandatory,
    code,
    ...(expression === null ? {} : { expression }),
    ...(marketExpressions === undefined ? {} : { marketExpressions }),
  };
}

const renderUnion = (comment: string, name: string, values: readonly string[]): string =>
  `/** ${comment} */\nexport type ${name} =${values.map((value) => `\n  | ${JSON.stringify(value)}`).join("")};\n`;

const renderConstant = (name: string, type: string, value: unknown, comment?: string): string =>
  `${comment === undefined ? "" : `/** ${comment} */\n`}export const ${name}: ${type} = ${renderLiteral(value, "")};\n`;

/** A value as code: names without quotes where they need none, expressions as they are written. */
function renderLiteral(value: unknown, indent: string): string {
  if (value instanceof RegExp) return value.toString();
  if (Array.isArray(value)) return `[${value.map((entry) => renderLiteral(entry, indent)).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const rows = Object.entries(value).map(
    ([name, entry]) =>
      `${/^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name)}: ${renderLiteral(entry, `${indent}  `)}`,
  );
  if (rows.length === 0) return "{}";
  const line = `{ ${rows.join(", ")} }`;
  if (!line.includes("\n") && line.length + indent.length < 100) return line;
  return `{\n${rows.map((row) => `${indent}  ${row},\n`).join("")}${indent}}`;
}

if (import.meta.main) process.stdout.write(renderSdkTables());
