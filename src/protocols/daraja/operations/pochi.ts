/** Payments to Pochi la Biashara: an organisation pays a customer who has a small business. */
import { defineDarajaOperation } from "../operation.ts";
import {
  examplePayout,
  originatorConversationId,
  payCustomer,
  payoutFields,
  payoutInitiator,
  payoutNotifications,
  payoutResults,
  payoutTrigger,
} from "../payouts.ts";
import { acknowledgementFields } from "../results.ts";

export const pochi = defineDarajaOperation({
  name: "pochi",
  product: "darajaPochi",
  title: "Payment to Pochi la Biashara",
  description:
    "Pays a customer who takes payments for a small business, from the utility account of an organisation. Another customer is result 2040. A second request with the same OriginatorConversationID is refused with `500.002.1001`, and pays nothing.",
  family: "payouts",
  path: "/mpesa/b2pochi/v1/paymentrequest",
  fields: {
    OriginatorConversationID: originatorConversationId,
    ...payoutFields(["BusinessPayToPochi"]),
  },
  organisation: "PartyA",
  initiator: payoutInitiator,
  trigger: payoutTrigger,
  results: payoutResults,
  response: acknowledgementFields,
  examplePayment: { ...examplePayout, description: "BusinessPayToPochi Salary of May" },
  notifications: payoutNotifications("current"),

  async handle(call) {
    const { OriginatorConversationID, PartyB } = call.values;
    const customer = call.refusal === null ? await call.organisations.findCustomer(PartyB) : undefined;
    // An unknown customer is refused when the payment is decided.
    const refusal = customer === undefined || customer.pochi ? null : "customer_not_eligible";
    return payCustomer(call, { reference: OriginatorConversationID, refusal });
  },
});
