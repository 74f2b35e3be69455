/** B2C, version 1: an organisation pays a customer. Its requests have no id of the caller. */
import { defineDarajaOperation } from "../operation.ts";
import {
  examplePayout,
  payCustomer,
  payoutCommands,
  payoutFields,
  payoutInitiator,
  payoutNotifications,
  payoutResults,
  payoutTrigger,
} from "../payouts.ts";
import { acknowledgementFields } from "../results.ts";

export const b2cV1 = defineDarajaOperation({
  name: "b2cV1",
  product: "darajaB2c",
  title: "B2C, version 1",
  description:
    "Pays a customer from the utility account of an organisation. Requests have no id of the caller, so a repeated one pays again: use version 3.",
  family: "payouts",
  path: "/mpesa/b2c/v1/paymentrequest",
  pathAliases: ["/mpesa/b2c/v2/paymentrequest"],
  fields: payoutFields(payoutCommands),
  organisation: "PartyA",
  initiator: payoutInitiator,
  trigger: payoutTrigger,
  results: payoutResults,
  response: acknowledgementFields,
  examplePayment: examplePayout,
  // The order of the result parameters in 2017: programs of that time read them by position.
  notifications: payoutNotifications("2017"),
  handle: (call) => payCustomer(call, {}),
});
