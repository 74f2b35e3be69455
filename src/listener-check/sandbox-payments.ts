/** Payments in a running sandbox, for merchant systems that query how a payment ended. */
import { markets, type Market } from "../core/markets.ts";
import { CommandFailed } from "../cli/terminal/exit-codes.ts";
import type { Sandbox } from "../cli/control-client.ts";
import { createGatewayClient, type GatewayClient } from "../cli/commands/sandbox/gateway-client.ts";
import type { Payment } from "./payments.ts";

/**
 * The sandbox did not make the payment, or its status cannot be queried. This says nothing about the listener.
 */
export class SandboxPaymentFailed extends Error {}

export interface SandboxPayments {
  /** A customer of the sandbox who approves every prompt. */
  readonly msisdn: string;
  /** Pays, and returns the payment's ids in the sandbox. */
  pay(payment: Payment): Promise<Pick<Payment, "conversationId" | "transactionId">>;
}

/** Pays as the application with this API key, because references are unique only within an application. */
export function createSandboxPayments(
  sandbox: Sandbox,
  market: Market,
  apiKey: string | undefined,
): SandboxPayments {
  const msisdn = sandbox.markets[market].customers[0] ?? "";
  let gatewayPromise: Promise<GatewayClient> | null = null;
  return {
    msisdn,
    async pay({ reference, amount }) {
      const { country, currency } = markets[market];
      try {
        gatewayPromise ??= createGatewayClient(sandbox, market, apiKey);
        const gateway = await gatewayPromise;
        const response = await gateway.call({
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
        return parsePaymentIds(response.fields, `${response.code} ${response.description}`);
      } catch (error) {
        if (error instanceof CommandFailed) throw new SandboxPaymentFailed(error.message, { cause: error });
        throw error;
      }
    },
  };
}

function parsePaymentIds(
  fields: Readonly<Record<string, string>>,
  message: string,
): Pick<Payment, "conversationId" | "transactionId"> {
  if (fields["output_ResponseCode"] !== "INS-0")
    throw new SandboxPaymentFailed(`The sandbox refused the payment: ${message}`);
  const transactionId = fields["output_TransactionID"];
  if (transactionId === undefined)
    throw new SandboxPaymentFailed(
      "The sandbox sends the result itself, because the application has a response URL or listen is on. Use --api-key with another application's key.",
    );
  return { conversationId: fields["output_ConversationID"] ?? "", transactionId };
}
