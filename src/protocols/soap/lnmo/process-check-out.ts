/** processCheckOut: announces a payment. The customer is asked when it is confirmed, not before. */
import { createCheckout } from "../../../payments/checkouts.ts";
import { readCheckoutFields } from "./fields.ts";
import { codeFirst, type LnmoCall, type LnmoOperation, type LnmoReply } from "./operation.ts";

/** What the merchant may tell the customer. */
const customerMessage =
  "To complete this transaction, enter your M-PESA PIN on your handset when you are asked for it.";

export const processCheckOut: LnmoOperation = {
  name: "processCheckOut",
  request: "processCheckOutRequest",
  response: "processCheckOutResponse",
  title: "Process checkout",
  description: "Announces a customer's payment to a paybill. The customer is asked when it is confirmed.",
  emptyFields: { ...codeFirst, TRX_ID: "", ENC_PARAMS: "", CUST_MSG: "" },

  async handle(call) {
    const { message, payments, application, paybill, id, publicIds } = call;
    const fields = readCheckoutFields(message, call.findUrlProblem);
    if ("code" in fields) return fields;
    const { merchantTransactionId: reference, amountMinor, ...details } = fields;
    const refusal = await findPaybillProblem(call);
    if (refusal !== null) return { ...refusal, amountMinor };
    const conflict = await createCheckout(payments.context, {
      ...details,
      id,
      applicationId: application.id,
      reference,
      organisation: paybill,
      amountMinor,
    });
    if (conflict === "duplicate")
      return {
        code: "35",
        reason: "The application has a checkout with this MERCHANT_TRANSACTION_ID.",
        amountMinor,
      };
    if (conflict === "too_many")
      return {
        code: "11",
        reason: "The application has too many checkouts that are not confirmed.",
        amountMinor,
      };
    return {
      code: "00",
      reason: "The checkout waits for its confirmation.",
      amountMinor,
      fields: {
        TRX_ID: publicIds.requestId(id),
        ENC_PARAMS: fields.passthrough,
        CUST_MSG: customerMessage,
      },
    };
  },
};

/** Only paybills have the checkout: a till has no account that customers name. */
async function findPaybillProblem({ organisations, paybill }: LnmoCall): Promise<LnmoReply | null> {
  const organisation = await organisations.find(paybill);
  if (organisation === undefined)
    return { code: "09", reason: `No organisation has the shortcode ${paybill}.` };
  if (organisation.kind !== "paybill")
    return { code: "09", reason: `${paybill} is no paybill: tills have no LNMO checkout.` };
  return organisation.stkEnabled
    ? null
    : { code: "33", reason: `The organisation ${paybill} may not ask customers for payments.` };
}
