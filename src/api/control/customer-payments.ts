/** Payments that a customer starts, to a paybill or a till. */
import { plainText, shortcode } from "../../core/fields.ts";
import { msPerSecond } from "../../core/clock.ts";
import { canPayMerchants, payMerchant } from "../../payments/pay-merchant.ts";
import { readWallet } from "../../store/rail/accounts.ts";
import { readOrganisation } from "../../store/rail/organisations.ts";
import { readPayments } from "../../store/rail/payments.ts";
import { object } from "../../core/schema.ts";
import { amount, parseAmountMinor } from "./fields.ts";
import { ApiError } from "../api-error.ts";
import { paymentResponse, readPaymentResponse } from "./payments.ts";
import { defineRoute } from "./route.ts";

const noSuchCustomer = "No customer in this market has this MSISDN.";
const noSuchOrganisation = "No organisation in this market has this shortcode.";
const noMerchantPayments = "In this market, customers cannot start payments to organisations.";

export const customerPaymentRoutes = [
  defineRoute({
    method: "POST",
    path: "/markets/{market}/customers/{msisdn}/payments",
    waits: true,
    summary:
      "Pays a paybill or a till in place of a customer, as from the handset's menu, without a PIN. If the organisation validates payments, the response waits for its server's answer. A refused payment has a `refusal`, and its status is 201 too.",
    body: object(
      {
        to: { ...shortcode, description: "The shortcode of the paybill or till." },
        amount,
      },
      {
        account: {
          ...plainText("The account number at a paybill, up to 20 characters. A till has none.", 20),
          minLength: 0,
        },
      },
    ),
    status: 201,
    response: paymentResponse,
    errors: { 404: `${noSuchCustomer} Or: ${noSuchOrganisation}`, 409: noMerchantPayments },
    async handle({ params: { market, msisdn }, body }, deps) {
      if (!canPayMerchants(market)) throw new ApiError(409, noMerchantPayments);
      const payments = deps.payments(market);
      const { sql, validationTimeoutMs } = payments.context;
      const amountMinor = parseAmountMinor(body.amount, market, "amount");
      if (amountMinor === 0n) throw new ApiError(400, "amount must not be zero.");
      if ((await readWallet(sql, msisdn)) === undefined) throw new ApiError(404, noSuchCustomer);
      if ((await readOrganisation(sql, body.to)) === undefined) throw new ApiError(404, noSuchOrganisation);
      const id = deps.newId();
      const { status } = await payMerchant(payments, {
        id,
        msisdn,
        organisation: body.to,
        account: body.account ?? "",
        amountMinor,
        purpose: null,
        description: "Payment by the control API",
        simulatedBy: null,
        refusal: null,
      });
      if (status === "held")
        await payments.pendingPrompts.waitForReply(id, getLongestWaitMs(validationTimeoutMs));
      const [row] = await readPayments(sql, [id]);
      if (row === undefined) throw new ApiError(409, "A snapshot was restored before the payment ended.");
      return readPaymentResponse(row, market, { sql, publicIds: deps.publicIds });
    },
  }),
] as const;

/** A validation waits as long as its timeout until it is sent, and then for its answer. The rest is for the decision. */
const getLongestWaitMs = (validationTimeoutMs: number): number => 2 * validationTimeoutMs + 4 * msPerSecond;
