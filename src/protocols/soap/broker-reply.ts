/** The response to a request of the Broker before it is written, and what is known of the request then. */
import type { Id } from "../../core/ids.ts";
import type { Application } from "../../developers/applications.ts";
import type { SpCaller } from "./authentication.ts";
import type { RequestDocument } from "./request-document.ts";
import { responseTexts, type BrokerError } from "./response-codes.ts";

/** What is known of a request when its response is written. */
export interface RequestTrace {
  id: Id;
  application: Application | null;
  credential: SpCaller["credential"] | null;
  document: RequestDocument | null;
  readonly notes: string[];
}

/** A response without its log entry. */
export type BrokerReply =
  | BrokerRejection
  | {
      readonly code: string;
      readonly description: string;
      readonly ids: { readonly conversationId: string; readonly originatorConversationId: string };
      readonly reason: string;
      readonly amountMinor?: bigint | null;
      readonly madePayment?: boolean;
    };

/** The request is not accepted: nothing was executed, and no result follows. */
export interface BrokerRejection {
  readonly error: BrokerError;
  /** For the request log. */
  readonly reason: string;
}

/** The text of an acceptance. */
export const acceptedText = responseTexts["0"];
