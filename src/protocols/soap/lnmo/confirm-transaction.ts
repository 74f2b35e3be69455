/** confirmTransaction: makes the payment of a checkout. The customer is asked now. A second confirmation does nothing. */
import { confirmCheckout, type CheckoutRow, type UnneededConfirmation } from "../../../payments/checkouts.ts";
import type { Outcome } from "../../../payments/instruction.ts";
import { getRefusalInfo } from "../../../payments/refusals.ts";
import { protocolName } from "../names.ts";
import { lnmoOperation } from "./names.ts";
import { findNamedCheckout } from "./named-checkout.ts";
import { codeFirst, type LnmoCall, type LnmoOperation, type LnmoReply } from "./operation.ts";
import { findTriggerRefusal } from "./triggers.ts";

export const confirmTransaction: LnmoOperation = {
  name: "confirmTransaction",
  request: "transactionConfirmRequest",
  response: "transactionConfirmResponse",
  title: "Confirm transaction",
  description:
    "Confirms a checkout: the customer gets the prompt, and the result goes to the CALL_BACK_URL. Repeating it does nothing.",
  emptyFields: { ...codeFirst, MERCHANT_TRANSACTION_ID: "", TRX_ID: "" },

  async handle(call) {
    const named = await findNamedCheckout(call);
    if ("code" in named) return named;
    const { checkout } = named;
    const { amountMinor } = checkout;
    const fields = {
      MERCHANT_TRANSACTION_ID: checkout.reference,
      TRX_ID: call.publicIds.requestId(checkout.id),
    };
    const outcome = await confirmCheckout(call.payments.context, named, () => pay(call, checkout));
    if (typeof outcome === "string") return { ...unneededReplies[outcome], fields, amountMinor };
    if (outcome.refusal === "duplicate")
      return { code: "35", reason: getRefusalInfo("duplicate").description, fields, amountMinor };
    return { code: "00", reason: describeOutcome(outcome), fields, amountMinor, paymentId: checkout.id };
  },
};

const unneededReplies = {
  confirmed: { code: "00", reason: "The checkout was confirmed before." },
  in_progress: {
    code: "34",
    reason: "Another confirmation of the checkout is under way. Send it again later.",
  },
  expired: { code: "05", reason: "The checkout expired before it was confirmed." },
} as const satisfies Record<UnneededConfirmation, LnmoReply>;

/** Whatever the outcome is, the payment is recorded, and the callback says it. */
const pay = ({ payments, application, limits, rail }: LnmoCall, checkout: CheckoutRow): Promise<Outcome> =>
  payments.collect({
    id: checkout.id,
    operation: lnmoOperation,
    caller: {
      applicationId: application.id,
      session: null,
      shortcodes: application.shortcodes,
      protocol: protocolName,
      endpoints: { [checkout.callbackKind]: checkout.callbackUrl },
    },
    limits,
    organisation: checkout.organisation,
    organisationAccount: "utility",
    reference: checkout.reference,
    simulation: null,
    refusal: rail.environment === "sandbox" ? findTriggerRefusal(checkout.msisdn) : null,
    msisdn: checkout.msisdn,
    amountMinor: checkout.amountMinor,
    customerReference: checkout.accountReference,
    description: checkout.passthrough,
  });

const describeOutcome = ({ refusal, prompted }: Outcome): string =>
  refusal === null
    ? prompted
      ? "The customer has a prompt."
      : "The customer approved."
    : getRefusalInfo(refusal).description;
