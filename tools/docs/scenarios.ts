/**
 * Generates `docs/scenarios.md` from the triggers.
 *
 * After changing them: `node tools/docs/scenarios.ts > docs/scenarios.md`.
 */
import { code, markdownTable } from "./markdown.ts";
import { formatAmount } from "../../src/core/money.ts";
import { createSimulation } from "../../src/sandbox/scenarios.ts";
import { getRefusalInfo, type RecordedRefusal } from "../../src/payments/refusals.ts";
import { findRefusalCode } from "../../src/protocols/openapi-v2/response.ts";
import { describeOutcome, listTriggerOutcomes } from "../../src/protocols/daraja/named-scenarios.ts";
import { ipgV1 } from "../../src/protocols/ipg-v1/index.ts";
import { operations as darajaOperations } from "../../src/protocols/daraja/operations.ts";
import { formatTrigger } from "../../src/protocols/daraja/triggers.ts";
import { operations as soapOperations } from "../../src/protocols/soap/operations.ts";
import { formatSoapTrigger } from "../../src/protocols/soap/triggers.ts";
import type { Operation } from "../../src/protocols/openapi-v2/operation.ts";
import { operations } from "../../src/protocols/openapi-v2/operations.ts";
import {
  mandateScenario,
  scenarioMsisdn,
  triggers,
  type Trigger,
} from "../../src/protocols/openapi-v2/scenarios.ts";

const header = `# Scenarios

In the sandbox, some parameter values select the outcome of a call. They are zeros except for the last digit. The call
then has the outcome in the table, without a prompt and every time. A successful call has its normal effect, and a failed
one moves no money. You can query the payment afterwards in both cases. In live, these values have no effect.

The payer of a scenario always has enough money: the amount is added to the account from the operator's float in the same
transaction. An account with more than 90 trillion is not filled further: the money of its scenarios then comes from itself. The
same holds for every transfer to the organisation ${code("000001")}: the payer's balance does not
change. To see a balance change, pay another organisation (create one with ${code("/control/v1")}). The customer of the zeros is ${code(scenarioMsisdn)}, at any length. A
reversal by scenario pays the requested amount, or ${formatAmount(createSimulation("accepted").reversal.amountMinor, 2)} if the request has none, to ${code(createSimulation("accepted").reversal.msisdn)}.

A trigger value need not match its own parameter's expression. All other parameters, the limits and the reference are
checked as usual.

<!-- Generated from the triggers by tools/docs/scenarios.ts; change them there. -->
`;

export function renderScenarios(): string {
  return [
    header,
    ...operations.map(renderSection),
    renderMandates(),
    renderIpgV1Triggers(),
    renderDarajaTriggers(),
    renderSoapTriggers(),
  ].join("");
}

/** IPG v1's triggers are legal values, which have the code in them. */
function renderIpgV1Triggers(): string {
  const rows = ipgV1.scenarios.map(({ call, field, value, expected, description }) => [
    call.title,
    code(field),
    code(value),
    code(expected.code),
    String(expected.status),
    description,
  ]);
  return `
## IPG v1

In ${code("vodacomMOZ")}, a customer ${code("25885000NNNN")} (or ${code("85000NNNN")}), a receiver's shortcode ${code("99NNNN")} or a TransactionID or query reference
${code("TRIG0NNNNN")} asks for the code INS-N of its digits. No such customer, organisation or payment needs to exist.

${markdownTable(["Call", "Field", "Value", "Code", "Status", "What happens"], rows)}
`;
}

/** Daraja's triggers are legal numbers, which have the result code in them. */
function renderDarajaTriggers(): string {
  const rows = darajaOperations.flatMap((operation) => {
    const { title, trigger } = operation;
    if (trigger === undefined) return [];
    return listTriggerOutcomes(operation).flatMap((outcome) => {
      const number = formatTrigger(trigger.scheme, outcome);
      return number === null
        ? []
        : [[title, code(trigger.field), code(number), code(outcome), describeOutcome(operation, outcome)]];
    });
  });
  return `
## Daraja

In ${code("safaricomKEN")}, a customer ${code("2547000NNNNN")}, a receiver's shortcode ${code("69NNNN")} or a TransactionID ${code("TRIG0NNNNN")} asks for the
result code NNNNN or NNNN, with zeros in front. No such customer, organisation or payment needs to exist. An amount never asks
for a result. ${code("silence")} is acknowledged, and no notification follows. ${code("fault")} is the error of a platform that has failed.

${markdownTable(["Call", "Field", "Number", "Result", "What happens"], rows)}
`;
}

/** Every command of the Broker has every code, so the page lists the commands and where the codes are. */
function renderSoapTriggers(): string {
  const rows = soapOperations.map(({ name, trigger: { field, scheme } }) => {
    const example = formatSoapTrigger(scheme, "17") ?? "";
    return [code(name), code(field), code(example), code(formatSoapTrigger(scheme, "silence") ?? "")];
  });
  return `
## SOAP Broker

The same numbers ask the SOAP Broker for a result, with its own codes ([protocols/soap.md](protocols/soap.md)). Every command has every
code.

${markdownTable(["Command", "Field", "Result 17", "No result"], rows)}

A checkout of such a customer has the RETURN_CODE of the digits, when it is confirmed ([protocols/lnmo.md](protocols/lnmo.md)).
`;
}

function renderSection(operation: Operation): string {
  const tables = (triggers[operation.product] ?? []).map((trigger) => renderTable(operation, trigger));
  return tables.length === 0 ? "" : `\n## ${operation.title}\n${tables.join("")}`;
}

function renderTable(operation: Operation, trigger: Trigger): string {
  const { field, lengths, outcomes, allNines } = trigger;
  const rows = Object.entries(outcomes).map(([digit, outcome]) =>
    renderRow(operation, lengths, digit, outcome),
  );
  if (allNines !== undefined)
    rows.push([...lengths.map((length) => code("9".repeat(length))), ...renderOutcome(operation, allNines)]);
  const values = lengths.map((length) => `${length} digits`);
  return `
${code(field)}:

${markdownTable([...values, "Code", "Status", "What happens"], rows)}
`;
}

function renderRow(
  operation: Operation,
  lengths: readonly number[],
  digit: string,
  outcome: "accepted" | RecordedRefusal,
): string[] {
  return [
    ...lengths.map((length) => code(digit.padStart(length, "0"))),
    ...renderOutcome(operation, outcome),
  ];
}

function renderOutcome(operation: Operation, outcome: "accepted" | RecordedRefusal): string[] {
  if (outcome === "accepted")
    return [code(operation.success.code), String(operation.success.status), "It succeeds."];
  const { code: name, status } = findRefusalCode(operation, outcome);
  return [
    code(name),
    String(status),
    getRefusalInfo(outcome).description.replace("; a sandbox scenario asked for it", ""),
  ];
}

function renderMandates(): string {
  return `
## queryDirectDebit with zeros

A customer or a mandate of zeros exists only in the response: monthly, from 2020 to 2099, on any day.
${renderStatuses("input_CustomerMSISDN", 12, mandateScenario.account)}${renderStatuses("input_MandateID", 6, mandateScenario.mandate)}
The balance of a customer of zeros is ${formatAmount(mandateScenario.balanceMinor, 2)}: \`output_SufficientBalance\` is \`True\` up to that.
`;
}

function renderStatuses(field: string, length: number, statuses: Readonly<Record<string, string>>): string {
  const rows = Object.entries(statuses).map(([digit, status]) => [code(digit.padStart(length, "0")), status]);
  return `
${code(field)}:

${markdownTable([`${length} digits`, "Status"], rows)}
`;
}

if (import.meta.main) process.stdout.write(renderScenarios());
