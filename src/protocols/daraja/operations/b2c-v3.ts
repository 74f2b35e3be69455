/** B2C, version 3: an organisation pays a customer, once for each id of the caller. */
import { defineDarajaOperation } from "../operation.ts";
import {
  examplePayout,
  originatorConversationId,
  payCustomer,
  payoutCommands,
  payoutFields,
  payoutInitiator,
  payoutNotifications,
  payoutResults,
  payoutTrigger,
} from "../payouts.ts";
import { acknowledgementFields } from "../results.ts";

export const b2cV3 = defineDarajaOperation({
  name: "b2cV3",
  product: "darajaB2c",
  title: "B2C, version 3",
  description:
    "Pays a customer from the utility account of an organisation. A second request with the same OriginatorConversationID is refused with `500.002.1001`, and pays nothing.",
  family: "payouts",
  path: "/mpesa/b2c/v3/paymentrequest",
  fields: {
    OriginatorConversationID: originatorConversationId,
    ...payoutFields(payoutCommands),
  },
  organisation: "PartyA",
  initiator: payoutInitiator,
  trigger: payoutTrigger,
  results: payoutResults,
  response: acknowledgementFields,
  examplePayment: examplePayout,
  notifications: payoutNotifications("current"),
  handle: (call) => payCustomer(call, { reference: call.values.OriginatorConversationID }),
});
