/** The settings of Daraja, as the configuration reads them (`DARAJA_…`). Each chooses between behaviours that sources disagree about. */
import type { Environment } from "../../core/markets.ts";

export interface DarajaSettings {
  /** How often a notification is sent at most. Null: once in the sandbox, and by the full schedule in live. */
  readonly callbackAttempts: number | null;
  /** Whether a new token ends the application's earlier ones. */
  readonly invalidatePreviousTokens: boolean;
  /** How OAuth fails in the sandbox. */
  readonly oauthFault: "off" | "empty" | "html" | "unavailable";
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
  /** Whether a push of the amount that the customer paid the organisation in the last two minutes fails with 17. */
  readonly refuseRepeatedPush: boolean;
  /** How masked numbers of customers look: `25470****149` or `2547 ***** 149`. */
  readonly maskStyle: "short" | "spaced";
  /** Whether any well-formed SecurityCredential of a known initiator is accepted, in the sandbox. */
  readonly acceptForeignCredentials: boolean;
  /** Whether a SecurityCredential may hold the password in base64, or with a timestamp of 14 digits behind it. */
  readonly lenientCredentials: boolean;
}
