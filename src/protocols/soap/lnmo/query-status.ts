/** transactionStatusQuery: the state of a checkout and of its payment. */
import type { NamedCheckout } from "../../../payments/checkouts.ts";
import { listResultFields } from "./messages.ts";
import { findNamedCheckout } from "./named-checkout.ts";
import { toCheckoutResult, toPaymentResult } from "./results.ts";
import type { LnmoCall, LnmoOperation } from "./operation.ts";

const emptyResult = listResultFields({
  msisdn: "",
  amountMinor: null,
  endedAt: null,
  receipt: null,
  status: "Error",
  code: "11",
  merchantTransactionId: "",
  passthrough: "",
  trxId: "",
});

export const queryStatus: LnmoOperation = {
  name: "transactionStatusQuery",
  request: "transactionStatusRequest",
  response: "transactionStatusResponse",
  title: "Transaction status query",
  description: "Returns the state of a checkout: Pending, Success, Failed, or Error if there is none.",
  emptyFields: emptyResult,

  async handle(call) {
    const named = await findNamedCheckout(call);
    if ("code" in named) return named;
    const result = toResult(call, named);
    const { code } = result;
    return { code, reason: `The checkout is ${result.status}.`, fields: listResultFields(result) };
  },
};

const toResult = ({ publicIds }: LnmoCall, { checkout, payment, isExpired }: NamedCheckout) =>
  payment === undefined
    ? toCheckoutResult(checkout, publicIds, isExpired)
    : toPaymentResult(payment, publicIds);
