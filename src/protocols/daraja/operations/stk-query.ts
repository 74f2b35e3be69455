/** STK query: the state of an STK push. */
import { findPaymentsByTime } from "../../../payments/queries.ts";
import type { PaymentRow } from "../../../payments/payments.ts";
import type { RecordedRefusal } from "../../../payments/refusals.ts";
import { toResultCode, toResultText } from "../call-results.ts";
import type { DarajaError } from "../families.ts";
import { text } from "../fields.ts";
import { parseCheckoutRequestId } from "../../g2/identifiers.ts";
import { protocolName } from "../names.ts";
import { defineDarajaOperation, type CallReply, type DarajaCall } from "../operation.ts";
import { resultTexts, type ResultCode } from "../result-codes.ts";
import { findPasswordProblem } from "../stk-password.ts";
import { findStkOrganisation } from "../stk-receiver.ts";
import { findTriggerOutcome } from "../triggers.ts";
import { stkFields, stkPush, wrongCredentials } from "./stk-push.ts";

const acceptedText = "The service request has been accepted successsfully";

export const stkQuery = defineDarajaOperation({
  name: "stkQuery",
  product: "darajaExpress",
  title: "STK query",
  description:
    "Returns the result of an STK push, or 4999 while the customer has not answered. Its ResultCode is a text.",
  family: "express",
  path: "/mpesa/stkpushquery/v1/query",
  fields: {
    ...stkFields,
    CheckoutRequestID: text({
      description: "The id from the response to the STK push.",
      example: "ws_CO_01012026120000123708374149",
      maxLength: 100,
    }),
  },
  organisation: "BusinessShortCode",
  results: {},
  response: {
    ResponseCode: { description: "0 if the push is known.", example: "0" },
    ResponseDescription: { description: "The text of the code.", example: acceptedText },
    MerchantRequestID: {
      description: "From the response to the STK push.",
      example: "2654-4b64-97ff-b827b542881d313012",
    },
    CheckoutRequestID: {
      description: "From the response to the STK push.",
      example: "ws_CO_01012026120000123708374149",
    },
    ResultCode: { description: "The result, as a text; 4999 while it is open.", example: "0" },
    ResultDesc: { description: "The text of the result.", example: resultTexts["0"] },
  },
  notifications: {},

  async handle(call) {
    const { values, settings } = call;
    const { BusinessShortCode, CheckoutRequestID } = values;
    const organisation = await findStkOrganisation(call, BusinessShortCode);
    if ("error" in organisation) return organisation;
    const problem = await findPasswordProblem(call, {
      password: values.Password,
      shortcode: BusinessShortCode,
      timestamp: values.Timestamp,
    });
    if (problem !== null) return { error: wrongCredentials, reason: problem };
    const payment = await findPush(call, CheckoutRequestID, BusinessShortCode);
    if (payment === undefined)
      return {
        error: transactionUnknown,
        reason: `No STK push of ${BusinessShortCode} has this CheckoutRequestID.`,
      };
    const code = getResultCode(call, payment);
    if (code === "4999" && settings.stkPendingAsError)
      return {
        error: { ...transactionPending, requestId: CheckoutRequestID },
        reason: "The customer has not answered.",
      };
    return describePush(payment, CheckoutRequestID, code);
  },
});

const transactionUnknown: DarajaError = {
  status: 500,
  code: "500.001.1001",
  message: "The transaction does not Exist",
};

const transactionPending: DarajaError = {
  status: 500,
  code: "500.001.1001",
  message: "The transaction is being processed",
};

/**
 * The organisation's push. Two servers may have prompted one customer in one millisecond: one of the two pushes was then
 * refused, because the customer had a prompt open.
 */
async function findPush(
  call: Pick<DarajaCall, "payments" | "organisations">,
  checkoutRequestId: string,
  shortcode: string,
): Promise<PaymentRow | undefined> {
  const clue = parseCheckoutRequestId(checkoutRequestId);
  if (clue === null) return undefined;
  const { fromId, untilId, msisdnEnd: counterpartyEnd } = clue;
  const pushes = await findPaymentsByTime(call.payments.context, {
    protocol: protocolName,
    operation: stkPush.name,
    fromId,
    untilId,
    counterpartyEnd,
  });
  const belongs = await Promise.all(
    pushes.map(({ organisation }) => belongsTo(call, organisation, shortcode)),
  );
  const own = pushes.filter((_, index) => belongs[index] === true);
  return own.find(({ status }) => status !== "failed") ?? own.at(-1);
}

/** Whether a payment's receiver is the organisation, or a till below it. */
async function belongsTo(
  { organisations }: Pick<DarajaCall, "organisations">,
  receiver: string,
  shortcode: string,
): Promise<boolean> {
  if (receiver === shortcode) return true;
  const { parent = null } = (await organisations.find(receiver)) ?? {};
  if (parent === null || parent === shortcode) return parent === shortcode;
  return (await organisations.find(parent))?.parent === shortcode;
}

function getResultCode({ rail }: Pick<DarajaCall, "rail">, payment: PaymentRow): ResultCode {
  if (payment.status === "held") return "4999";
  const isSandbox = rail.environment === "sandbox";
  if (isSandbox && findTriggerOutcome("customer", payment.counterparty) === "4999") return "4999";
  return toResultCode(stkPush, payment.refusal as RecordedRefusal | null);
}

const describePush = (payment: PaymentRow, checkoutRequestId: string, code: ResultCode): CallReply => ({
  body: {
    ResponseCode: "0",
    ResponseDescription: acceptedText,
    MerchantRequestID: payment.reference,
    CheckoutRequestID: checkoutRequestId,
    ResultCode: code,
    ResultDesc: toResultText(stkPush, code),
  },
  code,
  reason: `The payment is ${payment.status}.`,
});
