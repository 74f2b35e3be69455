/** B2B: moves money from one organisation to another, or within one, by a command. */
import type {
  KnownOrganisation,
  OrganisationDirectory,
} from "../../../organisations/organisation-directory.ts";
import type { RecordedRefusal } from "../../../payments/refusals.ts";
import { b2bCommandIds, b2bCommands, type B2bCommandId } from "../b2b-commands.ts";
import {
  accountReference,
  businessInitiator,
  businessNotifications,
  businessRefusalResults,
  businessResultTexts,
  businessResults,
  businessTrigger,
  closingFields,
  initiatorFields,
  partyFields,
  payOrganisation,
} from "../business-payments.ts";
import { readCommand } from "../commands.ts";
import { enumeration, optional, shortcode } from "../fields.ts";
import { formatNairobiTime } from "../identifiers.ts";
import { defineDarajaOperation, type NotificationContext, type ResultEntries } from "../operation.ts";
import { textStyle } from "../result-style.ts";
import { findPayerRefusal } from "../payer-refusal.ts";
import { acknowledgementFields } from "../results.ts";
import { WireNumber } from "../wire-json.ts";

const listCommands = (): string =>
  Object.entries(b2bCommands)
    .map(([name, { from, to, description }]) => `\`${name}\` ${description} (${from} to ${to})`)
    .join("; ");

export const b2b = defineDarajaOperation({
  name: "b2b",
  product: "darajaB2b",
  title: "B2B",
  description: `Moves money between accounts of organisations. The command decides which: ${listCommands()}.`,
  family: "business",
  path: "/mpesa/b2b/v1/paymentrequest",
  fields: {
    ...initiatorFields,
    CommandID: enumeration({
      description: "What is done. `Command ID` is taken too.",
      example: "BusinessPayBill",
      aliases: ["Command ID"],
      values: b2bCommandIds,
    }),
    ...partyFields,
    PartyB: shortcode({
      description: "The receiver; within one organisation the same as PartyA.",
      example: 600000,
    }),
    AccountReference: optional({
      ...accountReference,
      description: "The account that is paid to; mandatory for `BusinessPayBill`.",
    }),
    ...closingFields,
  },
  organisation: "PartyA",
  initiator: businessInitiator,
  trigger: businessTrigger,
  results: businessResults,
  refusalResults: businessRefusalResults,
  resultTexts: businessResultTexts,
  response: acknowledgementFields,
  examplePayment: {
    type: "transfer",
    counterparty: "600000",
    amountMinor: 239_00n,
    customerReference: "353353",
    description: "BusinessPayBill OK",
  },
  notifications: businessNotifications({
    style: textStyle,
    failureParameters: listFailureParameters,
  }),
  validate: ({ CommandID, AccountReference }) =>
    CommandID === "BusinessPayBill" && AccountReference === null
      ? { field: "AccountReference", reason: "AccountReference is missing: it says which bill is paid." }
      : null,

  async handle(call) {
    const { CommandID, PartyA, PartyB } = call.values;
    const { from, to } = b2bCommands[CommandID];
    const refusal =
      call.refusal ?? (await findRefusal(call.organisations, { command: CommandID, PartyA, PartyB }));
    return payOrganisation(call, { command: CommandID, receiver: PartyB, from, to, refusal });
  },
});

/** A top-up's failure has the account that it was for. */
function listFailureParameters({ payment, endedAt }: NotificationContext): ResultEntries {
  const { customerReference } = payment;
  return readCommand(payment) === "BusinessPayToBulk" && /^[1-9]\d*$/.test(customerReference)
    ? [["BillReferenceNumber", new WireNumber(customerReference)]]
    : [["BOCompletedTime", new WireNumber(formatNairobiTime(endedAt))]];
}

interface Parties {
  readonly command: B2bCommandId;
  readonly PartyA: string;
  readonly PartyB: string;
}

/** Why the command does not apply to these organisations, or null. Accounts and balances are checked later. */
async function findRefusal(
  organisations: OrganisationDirectory,
  { command, PartyA, PartyB }: Parties,
): Promise<RecordedRefusal | null> {
  const payer = await organisations.find(PartyA);
  const { from, receiver } = b2bCommands[command];
  const payerRefusal = findPayerRefusal(payer, from);
  if (payer === undefined || payerRefusal !== null) return payerRefusal;
  if ((receiver === "itself") !== (PartyA === PartyB))
    return receiver === "itself" ? "receiver_invalid" : "same_party";
  if (command === "BusinessTransferFromUtilityToMMF")
    return payer.utilityToWorkingAllowed ? null : "operation_not_allowed";
  if (receiver === "agency" && payer.kind !== "agency") return "organisation_product_missing";
  if (receiver === "itself" || receiver === "another") return null;
  const other = await organisations.find(PartyB);
  if (other === undefined) return "receiver_invalid";
  if (receiver === "agency") return other.kind === "agency" ? null : "receiver_invalid";
  const [top, otherTop] = await Promise.all([
    findHeadOffice(organisations, payer),
    findHeadOffice(organisations, other),
  ]);
  return top === otherTop ? null : "receiver_invalid";
}

/** The shortcode at the top of an organisation's hierarchy, which may be its own. */
async function findHeadOffice(
  organisations: OrganisationDirectory,
  { shortcode, parent }: KnownOrganisation,
): Promise<string> {
  if (parent === null) return shortcode;
  const above = await organisations.find(parent);
  return above === undefined ? parent : findHeadOffice(organisations, above);
}
