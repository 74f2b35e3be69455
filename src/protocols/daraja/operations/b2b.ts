/** B2B: moves money from one organisation to another, or within one, by a command. */
import { businessCommandIds, businessCommands } from "../../g2/business-commands.ts";
import { findCommandRefusal } from "../../g2/find-command-refusal.ts";
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
import { readCommand } from "../../g2/commands.ts";
import { enumeration, optional, shortcode } from "../fields.ts";
import { formatNairobiTime } from "../../g2/identifiers.ts";
import { defineDarajaOperation, type NotificationContext, type ResultEntries } from "../operation.ts";
import { textStyle } from "../result-style.ts";
import { acknowledgementFields } from "../results.ts";
import { WireNumber } from "../wire-json.ts";

const listCommands = (): string =>
  Object.entries(businessCommands)
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
      values: businessCommandIds,
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
    const { from, to } = businessCommands[CommandID];
    const refusal =
      call.refusal ??
      (await findCommandRefusal(call.organisations, { command: CommandID, payer: PartyA, receiver: PartyB }));
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
