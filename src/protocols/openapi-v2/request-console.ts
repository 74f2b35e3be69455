/** OpenAPI v2 for people who send a request by hand. */
import { constants, createPublicKey, publicEncrypt, randomUUID } from "node:crypto";
import { organisations } from "../../sandbox/seed-data.ts";
import type { Market } from "../../core/markets.ts";
import type { ConsoleCall, FieldError, RequestConsole } from "../request-console.ts";
import { examplePayload } from "./example-payloads.ts";
import { openapiV2Markets } from "./markets.ts";
import { apiKeyKind, protocolName } from "./names.ts";
import type { Operation } from "./operation.ts";
import { findOperation, operations } from "./operations.ts";

export const requestConsole: RequestConsole = {
  calls: operations.map(describeCall),
  credential: { protocol: protocolName, kind: apiKeyKind },
  buildPath: (call, market) => `/sandbox/ipg/v2/${market}/${findOperation(call).path}/`,
  createHeaders: (token, { publicKey }) => ({
    authorization: `Bearer ${encryptBearer(publicKey, token)}`,
    origin: "*",
  }),
  createExample(call, { market, customer }) {
    const fields = examplePayload(findOperation(call), market);
    const own: Readonly<Record<string, string>> = {
      input_CustomerMSISDN: customer,
      input_ThirdPartyConversationID: randomUUID().replaceAll("-", ""),
      input_ServiceProviderCode: organisations[0]?.shortcode ?? "",
    };
    return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, own[name] ?? value]));
  },
  findFieldErrors: (call, market, fields) => findErrors(findOperation(call), market, fields),
};

function describeCall({ product, title, description, method, markets, parameters }: Operation): ConsoleCall {
  return {
    name: product,
    title,
    description,
    method,
    markets: markets ?? openapiV2Markets,
    fields: Object.entries(parameters).map(([name, parameter]) => ({
      name,
      isMandatory: parameter.mandatory,
      description: parameter.description,
      format: parameter.expression?.source ?? "",
    })),
  };
}

function findErrors(
  { parameters }: Operation,
  market: Market,
  fields: Readonly<Record<string, unknown>>,
): FieldError[] {
  const errors: FieldError[] = [];
  const sent = Object.entries(parameters).map(([name, parameter]) => ({
    name,
    parameter,
    text: toText(fields[name]),
  }));
  // Missing parameters are refused before any value is looked at.
  for (const { name, parameter, text } of sent)
    if (text === "" && parameter.mandatory)
      errors.push({ field: name, code: "INS-20", reason: "The parameter is missing." });
  for (const { name, parameter, text } of sent) {
    if (text === "") continue;
    const expression = parameter.marketExpressions?.[market] ?? parameter.expression;
    const matches = text.length <= 300 && (expression === null || expression.test(text));
    if (!matches || parameter.parse(text, market) === null)
      errors.push({
        field: name,
        code: parameter.code,
        reason: "The value does not have the documented form.",
      });
  }
  return errors;
}

const toText = (value: unknown): string =>
  typeof value === "string" ? value : value === undefined || value === null ? "" : JSON.stringify(value);

function encryptBearer(publicKey: string, token: string): string {
  const key = createPublicKey({ key: Buffer.from(publicKey, "base64"), format: "der", type: "spki" });
  return publicEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, Buffer.from(token)).toString("base64");
}
