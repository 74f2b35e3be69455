/** What a payment that a customer started themselves owes to its organisation. No call of Daraja requests it. */
import { customerOperation } from "../../payments/pay-merchant.ts";
import { c2bConfirmation } from "./c2b-confirmation.ts";
import type { NotifyingOperation } from "./operation.ts";

export const customerPayment: NotifyingOperation = {
  name: customerOperation,
  results: {},
  notifications: { confirmation: c2bConfirmation },
};
