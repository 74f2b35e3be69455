/** C2B simulate, versions 1 and 2: a payment that a customer of the sandbox starts. */
import { payMerchant } from "../../../payments/pay-merchant.ts";
import { getRefusalInfo } from "../../../payments/refusals.ts";
import { c2bConfirmation } from "../c2b-confirmation.ts";
import { invoicePush } from "../invoice-push.ts";
import { findReceiverProblem } from "../c2b-receiver.ts";
import { msisdn, enumeration, optional, shortcode, text, wholeAmount } from "../fields.ts";
import { protocolName } from "../names.ts";
import { defineDarajaOperation, type CallReply } from "../operation.ts";
import { acceptedText } from "../results.ts";

const fields = {
  ShortCode: shortcode({ description: "The paybill or till that is paid.", example: 600996 }),
  CommandID: enumeration({
    description: "`CustomerPayBillOnline` for a paybill, `CustomerBuyGoodsOnline` for a till.",
    example: "CustomerPayBillOnline",
    values: ["CustomerPayBillOnline", "CustomerBuyGoodsOnline"],
  }),
  Amount: wholeAmount({ description: "The amount that the customer pays.", example: 10 }),
  Msisdn: msisdn({ description: "The customer who pays.", example: 254708374149 }),
  BillRefNumber: optional(
    text({ description: "The account number at a paybill.", example: "invoice008", maxLength: 20 }),
  ),
};

const purposes = {
  CustomerPayBillOnline: "pay_bill",
  CustomerBuyGoodsOnline: "buy_goods",
} as const;

const versions = {
  v1: { name: "c2bSimulateV1", product: "darajaC2bV1" },
  v2: { name: "c2bSimulateV2", product: "darajaC2bV2" },
} as const;

function defineSimulate(version: keyof typeof versions) {
  const { name, product } = versions[version];
  return defineDarajaOperation({
    name,
    product,
    title: `C2B simulate ${version}`,
    description:
      "Pays a paybill or a till in place of a customer, in the sandbox alone. The payment is validated and confirmed at the registered URLs.",
    family: "business",
    path: `/mpesa/c2b/${version}/simulate`,
    sandboxOnly: true,
    fields,
    organisation: "ShortCode",
    trigger: { field: "Msisdn", scheme: "customer" },
    results: {
      "1": "customer_balance_too_low",
      "2": "amount_below_minimum",
      "3": "amount_above_maximum",
      "4": "customer_daily_limit",
      "8": "account_full",
      "17": "payment_failed",
      "2001": "customer_pin_wrong",
      "2006": "customer_inactive",
      SFC_IC0003: "receiver_invalid",
    },
    response: {
      OriginatorCoversationID: {
        description: "The request's id. M-Pesa spells it without an n.",
        example: "7619-4a3b-87d8-1d918a78741e243712",
      },
      ...(version === "v1"
        ? {
            ConversationID: {
              description: "The request's id on the platform.",
              example: "AG_20260928_0100101002hi3i67m6ml",
            },
          }
        : {}),
      ResponseCode: { description: "0 if the request was accepted.", example: "0" },
      ResponseDescription: { description: "The text of the code.", example: acceptedText },
    },
    notifications: { confirmation: c2bConfirmation, invoice: invoicePush },

    async handle(call): Promise<CallReply> {
      const { values, identifiers, application } = call;
      const { ShortCode, CommandID, Amount, Msisdn, BillRefNumber } = values;
      const problem = await findReceiverProblem(call, ShortCode);
      if (problem !== null) return problem;
      const { status, refusal } = await payMerchant(call.payments, {
        id: call.id,
        msisdn: Msisdn,
        organisation: ShortCode,
        account: BillRefNumber ?? "",
        amountMinor: Amount,
        purpose: purposes[CommandID],
        description: "Simulated payment",
        simulatedBy: { applicationId: application.id, protocol: protocolName, operation: name },
        refusal: call.refusal,
      });
      return {
        body: {
          OriginatorCoversationID: identifiers.requestId(call.id),
          ...(version === "v1" ? { ConversationID: identifiers.conversationId(call.id) } : {}),
          ResponseCode: "0",
          ResponseDescription: acceptedText,
        },
        code: "0",
        reason: describeOutcome(status, refusal),
        amountMinor: Amount,
        madePayment: true,
      };
    },
  });
}

function describeOutcome(
  ...[status, refusal]: [string, Parameters<typeof getRefusalInfo>[0] | null]
): string {
  if (refusal !== null) return `The payment was refused: ${getRefusalInfo(refusal).description}`;
  return status === "held" ? "The ValidationURL is asked." : "The customer paid.";
}

export const c2bSimulateV1 = defineSimulate("v1");
export const c2bSimulateV2 = defineSimulate("v2");
