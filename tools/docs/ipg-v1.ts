/**
 * Generates `docs/protocols/ipg-v1.md` from the operations.
 *
 * After changing one: `node tools/docs/ipg-v1.ts > docs/protocols/ipg-v1.md`.
 */
import { code, markdownTable } from "./markdown.ts";
import { settings } from "../../src/config/settings.ts";
import {
  acknowledgementFields,
  callbackSuccessCode,
  listCallbackFields,
} from "../../src/protocols/ipg-v1/callback-payload.ts";
import { codes } from "../../src/protocols/ipg-v1/codes.ts";
import { examplePayload, exampleResponse } from "../../src/protocols/ipg-v1/example-payloads.ts";
import { requestFaults } from "../../src/protocols/ipg-v1/fault-kinds.ts";
import type { IpgV1Operation } from "../../src/protocols/ipg-v1/operation.ts";
import { operations } from "../../src/protocols/ipg-v1/operations.ts";
import { portSettings } from "../../src/protocols/ipg-v1/settings.ts";

const getDefaultPort = ({ listener }: IpgV1Operation): string =>
  settings[portSettings[listener]].default ?? "";

const header = `# IPG v1

Mozambique's first M-Pesa API, in the market \`vodacomMOZ\`. Every call has a port of its own, as on M-Pesa's own gateway, for
HTTP and HTTPS, and the same path on the main ports, for people behind firewalls:

${markdownTable(
  ["Call", "Path", "Port", "Setting"],
  operations.map((operation) => [
    operation.title,
    code(`${operation.method} /ipg/v1x/${operation.path}/`),
    getDefaultPort(operation),
    code(portSettings[operation.listener]),
  ]),
)}

\`0\` selects a free port and \`off\` none. \`sandbox.json\` has the ports in \`ipgV1.ports\`, with null for one that is off. A port that
another program uses disables its listener with a warning. With \`IPG_V1_ENVIRONMENT=live\` the ports serve live; the main ports
always serve the sandbox. Paths match without regard to case, with or without a trailing slash. A port serves its own call; any other
request gets 404 with \`INS-22\`.

There are no sessions. Send \`Authorization: Bearer\` with the application's API key of IPG v1, encrypted with RSA (PKCS#1 v1.5) and the
environment's public key, in base64. If that fails, the response is 401 with \`INS-2\`, and \`output_error\` says why; no other response
has \`output_error\`. A key that was renewed is refused with the next request. \`Origin\` is never needed, unless the application has
trusted origins.

Send parameters as a JSON body, or for \`GET\` in the query string. A \`GET\` with a JSON body is read, with a warning in the request log,
because M-Pesa's gateway answers it with 403 and a page; \`IPG_V1_STRICT_QUERIES=on\` does so, too. Numbers are read as text, unknown
fields are ignored, and an empty value counts as absent. A space in a reference is \`INS-1\`, and the request log says so.

The checks are made in this order: authentication; whether the product is enabled (\`INS-26\`) and may be used at this time; the body
(\`INS-21\`); missing parameters (\`INS-20\`); each parameter in the order of its table; then the initiator, the reference (\`INS-10\`),
limits, parties and balance.

Every response has \`output_ConversationID\`, \`output_ResponseCode\`, \`output_ResponseDesc\`, \`output_ThirdPartyReference\` and
\`output_TransactionID\`, which is \`N/A\` if the call failed. A request that waits for a customer waits as long as the prompt lives
(\`PROMPT_LIFE\`).

Calls are synchronous until the application has a response URL for IPG v1 (\`pesarail keys response-url <id> <url> --protocol ipg-v1\`,
\`ipgV1ResponseUrl\` of the control API, \`pesarail admin application change --ipg-v1-response-url\`). Then each is acknowledged without
\`output_TransactionID\`, and its result goes to that URL ([callbacks.md](../callbacks.md)). They are synchronous again when the URL is
removed. In live, only https URLs on the ports 11000 to 19000 are accepted. An invalid or duplicate request is always refused at once.

The sandbox has the organisations \`171717\` and \`979797\`, the customer \`258843330333\`, and for both organisations the operator
\`MPesa2018\` with the password \`Mpesa2019\`, which authorises reversals. Three wrong passwords in a row lock an operator, as in live, until
it is unlocked: \`npx pesarail admin operator unlock MPesa2018 --market vodacomMOZ --shortcode 171717 --environment sandbox\`, or in a test
\`PATCH /control/v1/markets/vodacomMOZ/organisations/171717/operators/MPesa2018\` with \`{ "status": "active" }\`. A test of wrong passwords
had better create an operator of its own (\`POST …/operators\`). [scenarios.md](../scenarios.md) has the values that select an
outcome, [refusals.md](../refusals.md) the reasons behind the codes, and [payment-names.md](../payment-names.md) what an id or a
reference means.

<!-- Generated from the operations by tools/docs/ipg-v1.ts; change them there. -->
`;

export const renderIpgV1 = (): string =>
  [header, ...operations.map(renderSection), renderCodes(), renderFaults()].join("");

function renderSection(operation: IpgV1Operation): string {
  const { title, description, method, path, response, success } = operation;
  return `
## ${title}

${code(`${method} /ipg/v1x/${path}/`)}, port ${getDefaultPort(operation)}

${description}

Parameters, in the order in which they are checked:

${renderParameters(operation)}

An example request, which succeeds once in the sandbox:

${renderJson(examplePayload(operation))}

Response ${success.status}, with:

${markdownTable(
  ["Field", "Meaning"],
  Object.entries(response).map(([name, { description: text }]) => [code(name), text]),
)}

${renderJson(exampleResponse(operation))}

Codes: ${[success.code, ...operation.codes].map(code).join(", ")}.

Its callback has ${listCallbackFields(operation).map(code).join(", ")}, with ${code(`"${callbackSuccessCode}"`)} as the code of a success. The
listener acknowledges it with ${acknowledgementFields.map(code).join(", ")}, where ${code("output_ResponseCode")} is ${code(callbackSuccessCode)}.
`;
}

const renderJson = (value: object): string => `\`\`\`json\n${JSON.stringify(value, null, 2)}\n\`\`\``;

function renderParameters({ parameters }: IpgV1Operation): string {
  const rows = Object.entries(parameters).map(
    ([name, { mandatory, expression, code: errorCode, description, aliases, refusedIfEmpty }]) => [
      code(name),
      mandatory ? "yes" : "no",
      code(expression.source),
      code(errorCode),
      description +
        (refusedIfEmpty === undefined ? "" : " Refused if it is empty or null.") +
        (aliases === undefined
          ? ""
          : ` Also accepted as ${aliases.map(code).join(", ")}; different values of both are refused.`),
    ],
  );
  return markdownTable(["Parameter", "Mandatory", "Expression", "Code", "Meaning"], rows);
}

function renderCodes(): string {
  const rows = Object.entries(codes).map(([name, { status, text }]) => [code(name), String(status), text]);
  return `
## Codes

Some numbers have another meaning or status than in OpenAPI v2. ${code("INS-0")} has the status 201 where a call moves money.

${markdownTable(["Code", "Status", "Text"], rows)}
`;
}

function renderFaults(): string {
  const rows = requestFaults.map(({ kind, description }) => [code(kind), description]);
  return `
## Faults

How the sandbox fails when a test asks for it (${code("pesarail fault <fault> --market vodacomMOZ")}, or the control API). Never by
default, and never in live. The next request that is authenticated takes the fault.

${markdownTable(["Fault", "What happens"], rows)}
`;
}

if (import.meta.main) process.stdout.write(renderIpgV1());
