/**
 * `docs/protocols/openapi-v2.md`, written from the operations.
 *
 * After changing one: `node tools/docs/openapi-v2.ts > docs/protocols/openapi-v2.md`.
 */
import { code, markdownTable } from "./markdown.ts";
import { marketNames } from "../../src/core/money.ts";
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

- \`/sandbox/ipg/v2/{market}/…\`, practice money
- \`/openapi/ipg/v2/{market}/…\`, live

with ${marketNames.map(code).join(", ")} for \`{market}\`. Paths and markets are matched without regard to case, with
or without a slash at the end. Parameters come as a JSON body; for \`GET\` in the query string or in a JSON body.
Numbers are taken for texts, unknown fields are ignored, and \`Content-Type\` may be missing.

\`getSession\` takes \`Authorization: Bearer\` with the API key, every other call with the session key; either is
encrypted by RSA (PKCS#1 v1.5) with the environment's public key, and then written in base64.

Whoever is not let in is answered with 401, \`INS-989\` and an \`output_error\` that says why, before anything
else is looked at. What is checked when is in [order-of-checks.md](../order-of-checks.md), values that ask for an
ending are in [scenarios.md](../scenarios.md), and the reasons behind the codes in [refusals.md](../refusals.md).

Every answer, failed ones too, has \`output_ResponseCode\`, \`output_ResponseDesc\`, \`output_ConversationID\` and
\`output_ThirdPartyConversationID\` (getSession leaves the two ids out when it succeeds).

An application with a response URL is answered asynchronously: an acknowledgement at once, without the call's own
fields, and the result in a callback, whose shape stands with each call ([callbacks.md](../callbacks.md)). Every
call also takes ${code("input_ResponseURL")}, which overrides the application's for that request. What is wrong with a
request, a duplicate among it, is always answered at once. Without a response URL the answer is the result; where a
customer is asked on their handset it waits for them, up to a minute ([handsets.md](../handsets.md)).

<!-- Written from the operations by tools/docs/openapi-v2.ts; change them there. -->
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

Answers with:

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

${code(`${method} …/${path}/`)}${markets === null ? "" : `, in ${markets.map(code).join(", ")} alone`}

${description}

Parameters, in the order in which they are checked:

${renderParametersTable(parameters)}

A packet that succeeds in Ghana's sandbox, once:

${renderJson(examplePayload(operation))}

Answers with ${success.status} and:

${renderResponseTable(response)}

${renderJson(exampleResponse(operation))}

Codes:

${renderCodesTable(codes, success)}

Its callback has ${listCallbackFields(callback).map(code).join(", ")}; the listener acknowledges it with
${acknowledgementFields.map(code).join(", ")}, where \`output_ResponseCode\` is ${code(callback.acknowledgementCode)}.
`;
}

const renderJson = (value: object): string => `\`\`\`json\n${JSON.stringify(value, null, 2)}\n\`\`\``;

function renderParametersTable(parameters: Readonly<Record<string, Parameter>>): string {
  const rows = Object.entries(parameters).map(([name, parameter]) => [
    code(name),
    parameter.mandatory ? "yes" : "no",
    renderExpressions(parameter),
    code(parameter.code),
    parameter.description +
      (parameter.aliases === undefined ? "" : ` Also taken as ${parameter.aliases.map(code).join(", ")}.`),
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
