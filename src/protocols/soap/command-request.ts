/** A command that the Broker has accepted, and the core executes. */
import type { Id } from "../../core/ids.ts";
import type { Rail } from "../../core/rails.ts";
import type { PaymentLimits } from "../../payments/limits.ts";
import type { SpCaller } from "./authentication.ts";
import type { RequestTrace } from "./broker-reply.ts";
import { requestOperationName } from "./names.ts";
import type { SoapOperation } from "./operation.ts";
import type { RequestDocument } from "./request-document.ts";
import type { SoapEndpoints } from "./request-endpoints.ts";

export interface CommandRequest {
  readonly id: Id;
  readonly rail: Rail;
  readonly caller: SpCaller;
  readonly document: RequestDocument;
  /** Undefined if no command has the name. */
  readonly operation: SoapOperation | undefined;
  readonly limits: PaymentLimits;
  readonly endpoints: SoapEndpoints;
  readonly trace: RequestTrace;
}

/** The name of a request's operation, in the log and in stored results: its command, or that of the WSDL if it has none. */
export const getOperationName = (operation: Pick<SoapOperation, "name"> | undefined): string =>
  operation?.name ?? requestOperationName;
