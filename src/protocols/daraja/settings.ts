/** The settings of Daraja, as the configuration reads them (`DARAJA_…`). Each chooses between behaviours that sources disagree about. */
import type { Environment } from "../../core/markets.ts";

export interface DarajaSettings {
  /** Whether a new token ends the application's earlier ones. */
  readonly invalidatePreviousTokens: boolean;
  /** Whether OAuth answers a wrong key or secret with an empty body. */
  readonly emptyOauthErrors: boolean;
  /** Whether result codes that are numbers are written as numbers in every product. */
  readonly numericResultCodes: boolean;
  /** Whether an STK callback has the item `Balance`, without a value. */
  readonly stkBalanceItem: Readonly<Record<Environment, boolean>>;
  /** Whether an STK callback writes an amount as `1.00` instead of `1`. */
  readonly stkDecimalAmount: boolean;
  /** Whether the STK query of an open prompt is HTTP 500 `500.001.1001` instead of ResultCode 4999. */
  readonly stkPendingAsError: boolean;
  /** Whether a second STK push is refused in the callback (1001) instead of at once. */
  readonly stkBusyInCallback: boolean;
  /** Whether any well-formed SecurityCredential of a known initiator is accepted, in the sandbox. */
  readonly acceptForeignCredentials: boolean;
  /** Whether a SecurityCredential may hold the password in base64, or with a timestamp of 14 digits behind it. */
  readonly lenientCredentials: boolean;
}
