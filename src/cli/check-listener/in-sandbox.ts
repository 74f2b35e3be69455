/** Payments that a running sandbox knows, for listeners whose own system asks it how one ended. */
import { markets, type Market } from "../../money.ts";
import { Refused } from "../command-error.ts";
import type { Sandbox } from "../control-client.ts";
import { openGateway, type Gateway } from "../gateway-client.ts";
import type { Payment } from "./payments.ts";

/** The sandbox did not make the payment, or not so that it can be asked for: that says nothing about the listener. */
export class NotPaid extends Error {}

export interface InSandbox {
  /** A customer of the sandbox who approves whatever they are asked. */
  readonly msisdn: string;
  /** Pays, and returns the names that the payment got there. */
  pay(payment: Payment): Promise<Pick<Payment, "conversationId" | "transactionId">>;
}

/** Pays as the application whose API key this is: a payment is found by its reference in its own application alone. */
export function inSandbox(sandbox: Sandbox, market: Market, apiKey: string | undefined): InSandbox {
  const msisdn = sandbox.markets[market].customers[0] ?? "";
  let opened: Promise<Gateway> | null = null;
  return {
    msisdn,
    async pay({ reference, amount }) {
      const { country, currency } = markets[market];
      try {
        opened ??= openGateway(sandbox, market, apiKey);
        const gateway = await opened;
        const answer = await gateway.call({
          method: "POST",
          path: "c2bPayment/singleStage",
          fields: {
            input_Amount: amount,
            input_Country: country,
            input_Currency: currency,
            input_CustomerMSISDN: msisdn,
            input_ServiceProviderCode: sandbox.serviceProviderCode,
            input_ThirdPartyConversationID: reference,
            input_TransactionReference: "CheckListener",
            input_PurchasedItemsDesc: "Shoes",
          },
        });
        return namesIn(answer.fields, `${answer.code} ${answer.description}`);
      } catch (error) {
        if (error instanceof Refused) throw new NotPaid(error.message, { cause: error });
        throw error;
      }
    },
  };
}

function namesIn(
  fields: Readonly<Record<string, string>>,
  says: string,
): Pick<Payment, "conversationId" | "transactionId"> {
  if (fields["output_ResponseCode"] !== "INS-0")
    throw new NotPaid(`The sandbox did not take the payment: ${says}`);
  const transactionId = fields["output_TransactionID"];
  if (transactionId === undefined)
    throw new NotPaid(
      "The sandbox tells the result itself: the application has a response URL, or listen collects for it. Give --api-key of another.",
    );
  return { conversationId: fields["output_ConversationID"] ?? "", transactionId };
}
