/** B2B express checkout: asks the owner of a till on their phone to pay a paybill from the till. */
import { accountKindsByOrganisation } from "../../../organisations/kinds.ts";
import { getRefusalInfo, type RecordedRefusal } from "../../../payments/refusals.ts";
import type { PaymentRow } from "../../../payments/payments.ts";
import { toResultCode, toResultText } from "../call-results.ts";
import { callbackUrl, matching, shortcode, text, wholeAmount } from "../fields.ts";
import {
  defineDarajaOperation,
  type CallReply,
  type DarajaCall,
  type NotificationContext,
} from "../operation.ts";
import { formatDecimal } from "../../g2/formats.ts";
import type { WireObject } from "../wire-json.ts";

const acceptedText = "USSD Initiated Successfully";

/** What is known before there is a prompt: the response says so, and no callback follows. */
const refusalsAtOnce: ReadonlySet<RecordedRefusal> = new Set([
  "organisation_not_verified",
  "nominated_number_missing",
]);

export const b2bExpress = defineDarajaOperation({
  name: "b2bExpress",
  product: "darajaB2bExpress",
  title: "B2B express checkout",
  description:
    "Asks the nominated number of a till to pay a paybill, from the till's merchant account. The response acknowledges the request, and the result follows at the callbackUrl. Results 4102 and 4104 are in the response instead.",
  family: "business",
  path: "/v1/ussdpush/get-msisdn",
  fields: {
    primaryShortCode: shortcode({ description: "The till that pays.", example: "500102" }),
    receiverShortCode: shortcode({ description: "The paybill that is paid.", example: "600996" }),
    amount: wholeAmount({ description: "The amount.", example: "100" }),
    paymentRef: text({
      description: "The account that is paid to; the owner of the till reads it.",
      example: "paymentRef",
      maxLength: 100,
    }),
    callbackUrl: callbackUrl({ description: "Gets the result.", example: "https://example.com/result" }),
    partnerName: text({
      description: "What the till's owner calls the receiver.",
      example: "Vendor",
      maxLength: 100,
    }),
    RequestRefID: matching({
      description: "The caller's own id of the request. The result has it as requestId.",
      example: "404e1aec-19e0-4ce3-973d-bd92e94c8021",
      aliases: ["RequestRefId"],
      expression: /^[^\p{Cc}\p{Cs}]{1,128}$/u,
      format: "text of one line, 1 to 128 characters",
    }),
  },
  organisation: "receiverShortCode",
  trigger: { field: "receiverShortCode", scheme: "shortcode" },
  results: {
    "1": "customer_balance_too_low",
    "11": "organisation_inactive",
    "2001": "customer_pin_wrong",
    "2028": "organisation_product_missing",
    "4001": "customer_declined",
    "4102": "organisation_not_verified",
    "4104": "nominated_number_missing",
    "4201": "ussd_network_error",
    "4203": "ussd_failed",
    SFC_IC0003: "receiver_invalid",
  },
  refusalResults: {
    customer_declined: "4001",
    organisation_blocked: "4001",
    customer_refusal_limit: "4203",
    customer_unreachable: "4201",
    customer_did_not_answer: "4203",
    prompt_expired: "4203",
    prompt_undelivered: "4201",
    customer_prompt_limit: "4203",
    application_prompt_limit: "4203",
    customer_inactive: "11",
  },
  response: {
    code: { description: "0 if the till's owner is asked.", example: "0" },
    status: { description: "The text of the code.", example: acceptedText },
  },
  examplePayment: {
    organisation: "600996",
    counterparty: "500102",
    amountMinor: 71_00n,
    customerReference: "MAndbubry3hi",
    description: "404e1aec-19e0-4ce3-973d-bd92e94c8021\nVendor",
  },
  notifications: {
    express: {
      description: "The result of the request, at its callbackUrl.",
      isOwed: ({ refusal }) => refusal !== "timed_out",
      render: (context) => (context.code === "0" ? renderSuccess(context) : renderFailure(context)),
    },
  },

  async handle(call) {
    const { values, refusal } = call;
    if (refusal !== null && refusalsAtOnce.has(refusal)) return refuseAtOnce(refusal, values.amount);
    const payer = refusal === null ? await findPayer(call, values.primaryShortCode) : null;
    if (typeof payer === "string") return refuseAtOnce(payer, values.amount);
    const outcome = await call.payments.collectFromOrganisation({
      ...call.buildPayment({
        organisation: values.receiverShortCode,
        organisationAccount: "utility",
        urls: { express: values.callbackUrl },
      }),
      payer: values.primaryShortCode,
      payerAccount: "merchant",
      approver: payer?.approver ?? "",
      amountMinor: values.amount,
      customerReference: values.paymentRef,
      description: `${values.RequestRefID}\n${values.partnerName}`,
    });
    return {
      body: { code: "0", status: acceptedText },
      code: "0",
      reason:
        outcome.refusal === null
          ? "Acknowledged. The owner of the till has a prompt."
          : `Acknowledged. ${getRefusalInfo(outcome.refusal).description}`,
      amountMinor: values.amount,
      madePayment: true,
    };
  },
});

/** The nominated number of a till, or why it cannot be asked. */
async function findPayer(
  { organisations }: Pick<DarajaCall, "organisations">,
  till: string,
): Promise<{ readonly approver: string } | RecordedRefusal> {
  const organisation = await organisations.find(till);
  if (organisation === undefined) return "organisation_not_verified";
  const kinds: readonly string[] = accountKindsByOrganisation[organisation.kind];
  if (!kinds.includes("merchant")) return "organisation_not_verified";
  const { nominatedNumber } = organisation;
  return nominatedNumber === null ? "nominated_number_missing" : { approver: nominatedNumber };
}

function refuseAtOnce(refusal: RecordedRefusal, amountMinor: bigint): CallReply {
  const code = toResultCode(b2bExpress, refusal);
  return {
    body: { code, status: toResultText(b2bExpress, code) },
    code,
    reason: getRefusalInfo(refusal).description,
    amountMinor,
  };
}

/** The first line of a payment's description; the partner's name follows it. */
const readRequestRefId = ({ description }: Pick<PaymentRow, "description">): string =>
  description.split("\n", 1)[0] ?? "";

function renderSuccess({ payment, description, receipt, identifiers }: NotificationContext): WireObject {
  return {
    resultCode: "0",
    resultDesc: description,
    amount: formatShillings(payment.amountMinor),
    requestId: readRequestRefId(payment),
    resultType: "0",
    conversationID: identifiers.conversationId(payment.id),
    transactionId: receipt,
    status: "SUCCESS",
  };
}

const renderFailure = ({ payment, code, description }: NotificationContext): WireObject => ({
  resultCode: code,
  resultDesc: description,
  requestId: readRequestRefId(payment),
  amount: formatShillings(payment.amountMinor),
  paymentReference: payment.customerReference,
});

/** `71.0`, and `71.25` if there are cents. */
const formatShillings = (amountMinor: bigint): string => formatDecimal(amountMinor).replace(/0$/, "");
