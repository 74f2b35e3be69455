/** Payments in a running sandbox, for merchant systems that query how a payment ended. */
import type { CheckedPayment } from "../protocols/listener-checks.ts";
import { SandboxClientError, type SandboxClient } from "../protocols/sandbox-client.ts";

/**
 * The sandbox did not make the payment, or its status cannot be queried. This says nothing about the listener.
 */
export class SandboxPaymentFailed extends Error {}

export interface SandboxPayments {
  /** A customer of the sandbox who approves every prompt. */
  readonly msisdn: string;
  /** Pays, and returns the payment's ids in the sandbox. */
  pay(payment: CheckedPayment): Promise<Pick<CheckedPayment, "conversationId" | "transactionId">>;
}

export interface SandboxPaymentOptions {
  readonly msisdn: string;
  /** The organisation that is paid. */
  readonly organisation: string;
  /** Called before the first payment. References are unique only within an application, so this decides whose they are. */
  connect(): Promise<SandboxClient>;
}

export function createSandboxPayments(options: SandboxPaymentOptions): SandboxPayments {
  const { msisdn, organisation, connect } = options;
  let clientPromise: Promise<SandboxClient> | null = null;
  return {
    msisdn,
    async pay({ reference, amount }) {
      try {
        clientPromise ??= connect();
        const client = await clientPromise;
        const response = await client.collect({
          msisdn,
          amount,
          organisation,
          conversation: reference,
          reference: "CheckListener",
          description: "Shoes",
          twoStep: false,
        });
        const { verdict, code, description, transactionId, conversationId } = response;
        if (verdict !== "succeeded")
          throw new SandboxPaymentFailed(`The sandbox refused the payment: ${code} ${description}`);
        if (transactionId === null) throw new SandboxPaymentFailed(resultByCallback);
        return { conversationId: conversationId ?? "", transactionId };
      } catch (error) {
        if (error instanceof SandboxClientError)
          throw new SandboxPaymentFailed(error.message, { cause: error });
        throw error;
      }
    },
  };
}

const resultByCallback =
  "The sandbox sends the result itself, because the application has a response URL or listen is on. Use --api-key with another application's key.";
