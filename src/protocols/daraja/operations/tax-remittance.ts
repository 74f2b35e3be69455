/** Tax remittance: an organisation pays the Kenya Revenue Authority. */
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
import { enumeration, shortcode } from "../fields.ts";
import { formatNairobiTime } from "../../g2/identifiers.ts";
import { defineDarajaOperation } from "../operation.ts";
import { taxStyle } from "../result-style.ts";
import { findPayerRefusal } from "../../g2/payer-refusal.ts";
import { acknowledgementFields } from "../results.ts";

/** The shortcode of the Kenya Revenue Authority. */
const revenueAuthority = "572572";

export const taxRemittance = defineDarajaOperation({
  name: "taxRemittance",
  product: "darajaB2b",
  title: "Tax remittance",
  description:
    "Pays tax to the Kenya Revenue Authority, from the working account of an organisation to the utility account of 572572.",
  family: "business",
  path: "/mpesa/b2b/v1/remittax",
  fields: {
    ...initiatorFields,
    CommandID: enumeration({
      description: "What is done. `Command ID` is taken too.",
      example: "PayTaxToKRA",
      aliases: ["Command ID"],
      values: ["PayTaxToKRA"],
    }),
    ...partyFields,
    PartyB: shortcode({ description: "The authority; another receiver is invalid.", example: 572572 }),
    AccountReference: { ...accountReference, description: "The payment registration number (PRN)." },
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
    counterparty: revenueAuthority,
    amountMinor: 239_00n,
    customerReference: "353353",
    description: "PayTaxToKRA OK",
  },
  notifications: businessNotifications({
    style: taxStyle,
    failureParameters: ({ endedAt }) => [["BOCompletedTime", formatNairobiTime(endedAt)]],
  }),

  async handle(call) {
    const { CommandID, PartyA, PartyB } = call.values;
    const receiverRefusal = PartyB === revenueAuthority ? null : "receiver_invalid";
    const refusal =
      call.refusal ?? findPayerRefusal(await call.organisations.find(PartyA), "working") ?? receiverRefusal;
    return payOrganisation(call, {
      command: CommandID,
      receiver: PartyB,
      from: "working",
      to: "utility",
      refusal,
    });
  },
});
