/** Daraja for people who send a request by hand. */
import { randomUUID } from "node:crypto";
import type { ConsoleCall, RequestConsole } from "../request-console.ts";
import { buildExampleRequest } from "./examples.ts";
import { consumerKeyKind, darajaMarket, protocolName } from "./names.ts";
import { tokenLength } from "./oauth.ts";
import type { DarajaOperation } from "./operation.ts";
import { findDarajaOperation, operations } from "./operations.ts";
import { signStk, type DarajaKeys } from "./sandbox-access.ts";

/** A body that is a list, or a call without a body, is no form. */
const offered = operations.filter(({ body, method }) => body !== "list" && method !== "GET");

export const requestConsole: RequestConsole = {
  calls: offered.map(describeCall),
  credential: { protocol: protocolName, kind: consumerKeyKind },
  tokenLength,
  buildPath: (call) => findDarajaOperation(call).path,
  createHeaders: (token) => ({ authorization: `Bearer ${token}` }),
  createExample(call, { customer, info }) {
    const operation = findDarajaOperation(call);
    const keys = info as DarajaKeys;
    const fields: Record<string, unknown> = {
      ...buildExampleRequest(operation),
      ...("Password" in operation.fields ? signStk(keys, keys.stkShortCode) : {}),
      ...("SecurityCredential" in operation.fields ? { SecurityCredential: keys.securityCredential } : {}),
      ...("OriginatorConversationID" in operation.fields ? { OriginatorConversationID: randomUUID() } : {}),
    };
    for (const [name, { personal }] of Object.entries(operation.fields))
      if (personal === true && !name.includes(".") && name in fields) fields[name] = customer;
    return fields;
  },
  findFieldErrors: (call, _market, fields) =>
    Object.entries(findDarajaOperation(call).fields)
      .filter(([name, { mandatory }]) => mandatory && isAbsent(fields, name))
      .map(([field]) => ({ field, code: "400.002.02", reason: "The field is missing." })),
};

function describeCall({ name, title, description, method, fields }: DarajaOperation): ConsoleCall {
  return {
    name,
    title,
    description,
    method: method ?? "POST",
    markets: [darajaMarket],
    fields: Object.entries(fields).map(([field, { mandatory, description: text, format }]) => ({
      name: field,
      isMandatory: mandatory,
      description: text,
      format,
    })),
  };
}

/** A name with a dot is that of a field in a nested object. */
function isAbsent(fields: Readonly<Record<string, unknown>>, name: string): boolean {
  let value: unknown = fields;
  for (const part of name.split(".")) value = (value as Record<string, unknown> | null | undefined)?.[part];
  return value === undefined || value === null || value === "";
}
