/**
 * Generates `docs/protocols/daraja.md` from the operations.
 *
 * After changing one: `node tools/docs/daraja.ts > docs/protocols/daraja.md`.
 */
import { code, markdownTable } from "./markdown.ts";
import { readConfig } from "../../src/config/settings.ts";
import {
  buildExampleContext,
  buildExampleRequest,
  buildExampleResponse,
} from "../../src/protocols/daraja/examples.ts";
import { validationRefusals } from "../../src/protocols/g2/c2b.ts";
import { families, type DarajaError, type FamilyName } from "../../src/protocols/daraja/families.ts";
import { requestFaults } from "../../src/protocols/daraja/fault-kinds.ts";
import type { FieldTable } from "../../src/protocols/daraja/fields.ts";
import { oauthPath } from "../../src/protocols/daraja/find-route.ts";
import { notificationKinds, type NotificationKind } from "../../src/protocols/daraja/names.ts";
import { oauth } from "../../src/protocols/daraja/oauth.ts";
import type { DarajaOperation, NotificationForm } from "../../src/protocols/daraja/operation.ts";
import { operations } from "../../src/protocols/daraja/operations.ts";
import { toResultText } from "../../src/protocols/daraja/call-results.ts";
import { buildResult } from "../../src/protocols/daraja/results.ts";
import { numericStyle } from "../../src/protocols/daraja/result-style.ts";
import type { ResultCode } from "../../src/protocols/daraja/result-codes.ts";
import { formatTrigger } from "../../src/protocols/daraja/triggers.ts";
import { toJson, type WireValue } from "../../src/protocols/daraja/wire-json.ts";
import { refusals, type RecordedRefusal } from "../../src/payments/refusals.ts";

const header = `# Daraja

Kenya's M-Pesa, in the market ${code("safaricomKEN")}. In the sandbox, the calls are at the root of the HTTP and the HTTPS port,
so that a client's base URL is the address of this server. Live has a listener of its own (${code("DARAJA_LIVE_PORT")}), with the same
paths, for HTTP and TLS on the same port. Paths match without regard to case, with or without a slash at the end.

Every call but OAuth is a ${code("POST")} with ${code("Authorization: Bearer")} and a JSON body. A body without
${code("Content-Type: application/json")} is not read, so its first field is invalid. Every number may be a JSON number or a text.
Unknown keys are ignored; the request log has their names, and not their values. A key that occurs twice is refused. Null and
empty texts count as absent.

The checks have this order: token, product, body, then each field in the order of the call's table; the first that fails ends
the request. An initiator's credential and roles are checked after that. They are no errors: the request is acknowledged, and
its result has the code.

An application has products ([control-api.md](../control-api.md)). A token is good for the products that the application had
when it was issued. Its secrets are a consumer key and a consumer secret, and each organisation has a passkey. In the
sandbox, an organisation without a passkey of its own has the public one.

${code("SecurityCredential")} is the password of an API operator, encrypted by RSA (PKCS#1 v1.5) with the certificate at
${code("/daraja/certificate.cer")}, in base64. One that was made with another certificate is acknowledged, and ends in 2001; the
request log says so.

Identifiers: ${code("MerchantRequestID")}, ${code("OriginatorConversationID")} and ${code("requestId")} are 4-4-4 hexadecimal digits, then 12
and 6 digits. ${code("ConversationID")} is ${code("AG_yyyyMMdd_")} with 20 letters and digits. ${code("CheckoutRequestID")} has the time in Nairobi to
the millisecond and the last nine digits of the number. A receipt has ten characters; the first three are year (A is 2006),
month and day.

## Errors

An error has ${code("requestId")}, ${code("errorCode")} and ${code("errorMessage")}. Its code depends on the family of the call:

${renderFamilies()}

A path below Daraja's prefixes that is no call has the family's 404. Lipa na Bonga, IMSI, IoT and Mini Apps are not served, and
answer so too.

## Notifications

A call acknowledges, and its result goes to the URL of its request:

${markdownTable(
  ["Kind", "Meaning"],
  Object.entries(notificationKinds).map(([kind, description]) => [code(kind), description]),
)}

In the sandbox, a notification is sent once, as M-Pesa does; if that fails it is dead-lettered, and can be sent again. In live,
it has the schedule of [callbacks.md](../callbacks.md). ${code("DARAJA_CALLBACK_ATTEMPTS")} changes both. A
notification is the same at every attempt: its balances are those after the payment, and not of the time when it is sent.
Nothing is added to the bodies. The signature is in additional headers, which a listener may ignore.

M-Pesa signs nothing, so many receivers let only its own addresses in: 196.201.214.200, .206, .207 and .208, 196.201.213.114 and
.44, and 196.201.212.127, .129, .136, .138, .69 and .74. Here, notifications come from the address of this server. Add it to that
list: ${code("127.0.0.1")} and ${code("::1")} for a sandbox on the same machine, or the address of the container or host that runs it.

## Validation and confirmation

A payment that a customer starts (from the handset's menu, by ${code("/control/v1")}, by C2B simulate) is validated, if external
validation is on for the shortcode (${code("PATCH /control/v1/markets/safaricomKEN/organisations/{shortCode}")}, or
${code("pesarail admin organisation set")} in live) and a ValidationURL is registered. The platform holds the customer's money and asks the
URL once, with the fields of a confirmation but without a balance. A payment by STK push is not validated.

The server answers within ${code("C2B_VALIDATION_TIMEOUT")} with ${code('{"ResultCode":"0","ResultDesc":"Accepted"}')} and, if it likes, a
${code("ThirdPartyTransID")}, which the confirmation repeats. Zero may be a number or a text. Anything else rejects the payment:

${renderRejections()}

Without an answer, the registered ${code("ResponseType")} decides. So it does if a validator has so many payments at a time that one is
not sent within the timeout: a server sends at most 16 at a time to one validator, and two after three silences in a row. A server
that answers slowly should therefore register ${code("Cancelled")}.

A completed payment is confirmed at the ConfirmationURL, also one by STK push: its receipt is the same as in the STK callback, so book
each receipt once.

## Standing orders

A Ratiba order is debited at 8:00 in Nairobi on its days. If the money does not suffice, the platform tries again on the three next
mornings; a daily order has its next day by then, and is not tried again. Debits of days on which the platform was down are left out,
but for the oldest. An order ends when the customer or the organisation cancels it, and not with the application that created it.

## Faults

For tests, the sandbox fails as M-Pesa has failed (${code("pesarail fault")}, ${code("POST /control/v1/markets/safaricomKEN/faults")}):

${markdownTable(
  ["Fault", "What happens"],
  requestFaults.map(({ kind, description }) => [code(kind), description]),
)}

Callbacks have faults of their own: ${code("lose")} and ${code("twice")} ([callbacks.md](../callbacks.md)).

## Where sources disagree

M-Pesa's documentation, its own clients and what integrators have seen differ. Each choice has a setting
([settings.md](../settings.md)), and its default is the documented behaviour:

${renderChoices()}

<!-- Generated from the operations by tools/docs/daraja.ts; change them there. -->
`;

function renderRejections(): string {
  return markdownTable(
    ["ResultCode", "Meaning"],
    Object.entries(validationRefusals).map(([rejection, refusal]) => [
      code(rejection),
      refusals[refusal].description,
    ]),
  );
}

function renderFamilies(): string {
  const titles: Readonly<Partial<Record<FamilyName, string>>> = {
    express: "1",
    payouts: "2",
    business: "3",
    pull: "Pull",
    organisation: "organisation query",
    hakikisha: "Hakikisha",
    billManager: "Bill Manager",
  };
  const formatError = ({ status, code: errorCode }: DarajaError): string => `${status} ${code(errorCode)}`;
  const rows = (Object.entries(titles) as [FamilyName, string][]).map(([name, title]) => {
    const family = families[name];
    return [
      title,
      formatError(family.invalidToken("expired", "")),
      formatError(family.invalidField("Amount")),
      formatError(family.invalidBody("Amount")),
      formatError(family.wrongMethod("GET")),
      formatError(family.notFound),
    ];
  });
  const headings = ["Family", "Token", "Field", "Body", "Method", "Path"];
  return markdownTable(headings, rows);
}

function renderChoices(): string {
  // prettier-ignore
  const choices: readonly (readonly [setting: string, choice: string])[] = [
    ["DARAJA_INVALIDATE_PREVIOUS_TOKENS", "The portal says that a new token ends the earlier one. Popular clients get one for each call."],
    ["DARAJA_OAUTH_FAULT", "A wrong key or secret has the documented body, and has had an empty one."],
    ["DARAJA_RESULT_CODES", "Result codes are numbers or texts, by product."],
    ["DARAJA_STK_BALANCE", "An STK callback has had an item Balance without a value."],
    ["DARAJA_STK_AMOUNT", "An STK callback writes 1 or 1.00."],
    ["DARAJA_STK_PENDING", "The query of an open push is 4999, and has been an error."],
    ["DARAJA_STK_BUSY", "A second push is refused at once, or in its callback."],
    ["DARAJA_STK_REPEATED", "17 is an internal failure, or a second payment of the same amount within two minutes."],
    ["DARAJA_MASKED_MSISDN", "A masked number is 25470****149 or 2547 ***** 149."],
    ["DARAJA_FOREIGN_CREDENTIALS", "A credential that was made with another certificate cannot be checked."],
    ["DARAJA_LENIENT_CREDENTIALS", "Some handbooks encode the password first, or add a timestamp."],
    ["DARAJA_CALLBACK_ATTEMPTS", "M-Pesa sends once."],
  ];
  return markdownTable(
    ["Setting", "What differs"],
    choices.map(([setting, choice]) => [code(setting), choice]),
  );
}

export function renderDaraja(): string {
  return [header, renderOauth(), ...operations.map(renderOperation)].join("");
}

function renderOauth(): string {
  return `
## ${oauth.title}

${code(`GET ${oauthPath}?grant_type=${oauth.grantType}`)}

${oauth.description} Send ${code("Authorization: Basic")} with the base64 of ${code("key:secret")}. A token is good for ${oauth.lifetimeText} seconds.

${renderFields(oauth.response)}

${renderJson(buildExampleResponse(oauth))}

A missing or wrong credential is 400 ${code("400.008.01")}, another grant 400 ${code("400.008.02")}.
`;
}

function renderOperation(operation: DarajaOperation): string {
  const { title, description, path, method = "POST", product, sandboxOnly, pathAliases = [] } = operation;
  return `
## ${title}

${code(`${method} ${path}`)}${sandboxOnly === true ? ", in the sandbox only" : ""}

${description} It belongs to the product ${code(product)}.${renderAliases(pathAliases)}

Fields, in the order in which they are checked:

${renderFieldTable(operation.fields)}

An example request:

${renderJson(operation.body === "list" ? [buildExampleRequest(operation)] : buildExampleRequest(operation))}

The response:

${renderFields(operation.response)}

${renderJson(buildExampleResponse(operation))}
${renderResults(operation)}${renderNotifications(operation)}`;
}

const renderAliases = (aliases: readonly string[]): string =>
  aliases.length === 0 ? "" : ` Also at ${aliases.map(code).join(", ")}.`;

const renderJson = (value: unknown): string => `\`\`\`json\n${JSON.stringify(value, null, 2)}\n\`\`\``;

function renderFieldTable(fields: FieldTable): string {
  const rows = Object.entries(fields).map(([name, field]) => [
    code(name),
    field.mandatory ? "yes" : "no",
    field.format,
    field.description +
      (field.aliases === undefined ? "" : ` Also accepted as ${field.aliases.map(code).join(", ")}.`),
  ]);
  return markdownTable(["Field", "Mandatory", "Format", "Meaning"], rows);
}

const renderFields = (fields: Readonly<Record<string, { readonly description: string }>>): string =>
  markdownTable(
    ["Field", "Meaning"],
    Object.entries(fields).map(([name, { description }]) => [code(name), description]),
  );

function renderResults(operation: DarajaOperation): string {
  const { results, trigger } = operation;
  const codes = Object.keys(results) as ResultCode[];
  if (codes.length === 0) return "";
  const rows = codes.map((result) => {
    const number = trigger === undefined ? null : formatTrigger(trigger.scheme, result);
    return [code(result), toResultText(operation, result), number === null ? "" : code(number)];
  });
  const field =
    trigger === undefined ? "" : ` A ${code(trigger.field)} of the last column asks the sandbox for it.`;
  return `
Results besides 0.${field}

${markdownTable(["Code", "Text", "Trigger"], rows)}
`;
}

const settings = readConfig({}).daraja;

function renderNotifications(operation: DarajaOperation): string {
  const forms = Object.entries(operation.notifications) as [NotificationKind, NotificationForm][];
  const sections = forms
    .filter(([kind]) => kind !== "timeout" && kind !== "stk_busy")
    .map(([kind, form]) => renderNotification(operation, kind, form));
  return [...sections, renderQueryResult(operation)].join("");
}

function renderNotification(
  operation: DarajaOperation,
  kind: NotificationKind,
  form: NotificationForm,
): string {
  const render = (refusal: RecordedRefusal | null): string =>
    formatBody(form.render(buildExampleContext(operation, refusal, settings)));
  const [firstRefusal] = Object.values(operation.results);
  const failure =
    firstRefusal === undefined || kind === "confirmation"
      ? ""
      : `
The same of a failure:

${render(firstRefusal)}
`;
  return `
The notification ${code(kind)}: ${form.description}

${render(null)}
${failure}`;
}

/** The JSON as it is on the wire, with line breaks. Prettier would write 92540.00 as 92540.0. */
function formatBody(body: WireValue): string {
  const marked = JSON.stringify(JSON.parse(toJson(body), keepNumbers), null, 2);
  const text = marked.replaceAll(/"#(-?[0-9.]+)#"/g, "$1");
  const ignore = /: -?\d+\.\d*0,?$/m.test(text) ? "<!-- prettier-ignore -->\n" : "";
  return `${ignore}\`\`\`json\n${text}\n\`\`\``;
}

const keepNumbers = (_key: string, value: unknown, context?: { source?: string }): unknown =>
  typeof value === "number" ? `#${context?.source ?? value}#` : value;

function renderQueryResult({ exampleResult, resultTexts = {} }: DarajaOperation): string {
  if (exampleResult === undefined) return "";
  const { style = numericStyle, parameters, references } = exampleResult;
  const body = buildResult(
    style,
    {
      code: "0",
      description: resultTexts["0"] ?? "The service request is processed successfully.",
      originatorConversationId: "8423-4a3b-87d8-1d918a78741e243712",
      conversationId: "AG_20260101_0100101002hi3i67m6ml",
      transactionId: "UA10000000",
      parameters,
      references,
    },
    false,
  );
  return `
The notification ${code("result")}:

${formatBody(body)}
`;
}

if (import.meta.main) process.stdout.write(renderDaraja());
