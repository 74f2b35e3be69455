/**
 * Generates `docs/protocols/openapi-v2.md` from the operations.
 *
 * After changing one: `node tools/docs/openapi-v2.ts > docs/protocols/openapi-v2.md`.
 */
import { code, markdownTable } from "./markdown.ts";
import { openapiV2Markets } from "../../src/protocols/openapi-v2/markets.ts";
import { findResponseCode, type Code, type CodeTable } from "../../src/protocols/openapi-v2/codes.ts";
import { getSession } from "../../src/protocols/openapi-v2/operations/get-session.ts";
import type { ResponseField, Operation } from "../../src/protocols/openapi-v2/operation.ts";
import {
  acknowledgementFields,
  listCallbackFields,
} from "../../src/protocols/openapi-v2/api-spec-callbacks.ts";
import { operations } from "../../src/protocols/openapi-v2/operations.ts";
import type { Parameter } from "../../src/protocols/openapi-v2/parameters.ts";
import { exampleResponse, examplePayload } from "../../src/protocols/openapi-v2/example-payloads.ts";

const header = `# M-Pesa OpenAPI, version 2

Every call has two addresses, one in each environment:

- \`/sandbox/ipg/v2/{market}/…\`, test money
- \`/openapi/ipg/v2/{market}/…\`, live

where \`{market}\` is ${openapiV2Markets.map(code).join(", ")}. Paths and markets match without regard to case, with or
without a trailing slash. Send parameters as a JSON body, or for \`GET\` in the query string. Numbers are read as text,
unknown fields are ignored, and \`Content-Type\` may be missing. An ignored name that resembles a parameter is named in the
request log. \`,omitempty\` at the end of a name is removed.

A name must not occur twice: not in the body, not in the query string, and not in two spellings. A \`POST\` or \`PUT\` with a
parameter in its query string is refused. An empty value counts as absent, save where the table says otherwise.

Send \`Authorization: Bearer\` with the API key to \`getSession\`, and with the session key to every other call. Encrypt
either with RSA (PKCS#1 v1.5) and the environment's public key, and encode it in base64.

A path that names no call gets 404, and another method than the call's gets 405. Their body has \`INS-21\` and the path in
\`output_error\`.

If authentication fails, the response is 401 with \`INS-989\` and the reason in \`output_error\`; nothing else is
checked. See [order-of-checks.md](../order-of-checks.md) for the order of all checks, [scenarios.md](../scenarios.md)
for values that select an outcome, [refusals.md](../refusals.md) for the reasons behind the codes, and
[payment-names.md](../payment-names.md) for what an id or a reference means.

Every other response, also a failure, has \`output_ResponseCode\`, \`output_ResponseDesc\`, \`output_ConversationID\` and
\`output_ThirdPartyConversationID\` (a successful getSession omits the two ids).

An application with a response URL gets an acknowledgement at once, without the call's own fields, and the result in a
callback ([callbacks.md](../callbacks.md)); its fields are listed with each call. Every call also accepts
${code("input_ResponseURL")}, which overrides the application's URL for that request. An invalid or duplicate request is
always refused at once. Without a response URL, the response is the result. If the customer must confirm on their handset,
the response waits for them, up to a minute ([handsets.md](../handsets.md)).

<!-- Generated from the operations by tools/docs/openapi-v2.ts; change them there. -->
`;

export function renderProtocol(): string {
  return [header, renderSessionSection(), ...operations.map(renderSection)].join("");
}

function renderSessionSection(): string {
  const { title, description, method, path, codes, response } = getSession;
  return `
## ${title}

${code(`${method} …/${path}/`)}

${description}

Response fields:

${renderResponseTable(response)}

Codes:

${renderCodesTable(codes, { code: "INS-0", status: 200 })}
`;
}

function renderSection(operation: Operation): string {
  const { title, description, method, path, markets, parameters, response, codes, success, callback } =
    operation;
  return `
## ${title}

${code(`${method} …/${path}/`)}${markets === null ? "" : `, only in ${markets.map(code).join(", ")}`}

${description}

Parameters, in the order in which they are checked:

${renderParametersTable(parameters)}
${renderOtherNames(operation)}
An example request, which succeeds once in Ghana's sandbox:

${renderJson(examplePayload(operation))}

Response ${success.status}, with:

${renderResponseTable(response)}

${renderJson(exampleResponse(operation))}

Codes:

${renderCodesTable(codes, success)}

Its callback has ${listCallbackFields(callback).map(code).join(", ")}; the listener acknowledges it with
${acknowledgementFields.map(code).join(", ")}, where \`output_ResponseCode\` is ${code(callback.acknowledgementCode)}.
`;
}

function renderOtherNames({ otherNames = {} }: Operation): string {
  const sentences = Object.entries(otherNames).map(
    ([name, parameter]) => `A request with ${code(name)} is refused: the parameter is ${code(parameter)}.`,
  );
  return sentences.length === 0 ? "" : `\n${sentences.join(" ")}\n`;
}

const renderJson = (value: object): string => `\`\`\`json\n${JSON.stringify(value, null, 2)}\n\`\`\``;

function renderParametersTable(parameters: Readonly<Record<string, Parameter>>): string {
  const rows = Object.entries(parameters).map(([name, parameter]) => [
    code(name),
    parameter.mandatory ? "yes" : "no",
    renderExpressions(parameter),
    code(parameter.code),
    parameter.description +
      (parameter.refusedIfEmpty === undefined ? "" : ` Refused if it is ${parameter.refusedIfEmpty}.`) +
      (parameter.aliases === undefined ? "" : ` Also accepted as ${parameter.aliases.map(code).join(", ")}.`),
  ]);
  return markdownTable(["Parameter", "Mandatory", "Expression", "Code", "Meaning"], rows);
}

function renderExpressions({ expression, marketExpressions }: Parameter): string {
  const perMarket = Object.entries(marketExpressions ?? {}).map(
    ([market, { source }]) => `in ${market} ${code(source)}`,
  );
  return [...(expression === null ? [] : [code(expression.source)]), ...perMarket].join(", ");
}

function renderResponseTable(fields: Readonly<Record<string, ResponseField>>): string {
  const rows = Object.entries(fields).map(([name, { description }]) => [code(name), description]);
  return markdownTable(["Field", "Meaning"], rows);
}

function renderCodesTable(
  codes: CodeTable,
  success: { readonly code: Code; readonly status: number },
): string {
  const failed = (Object.keys(codes) as Code[])
    .filter((listed) => listed !== success.code)
    .map((listed) => findResponseCode(codes, listed))
    .map(({ code: name, status, text }) => [code(name), String(status), text]);
  const first = [code(success.code), String(success.status), "Request processed successfully"];
  return markdownTable(["Code", "Status", "Text"], [first, ...failed]);
}

if (import.meta.main) process.stdout.write(renderProtocol());
