/** The settings of the SOAP Broker, as the configuration reads them (`SOAP_…`). */

export interface SoapSettings {
  /** How often a notification is sent at most. Null: once in the sandbox, and by the full schedule in live. */
  readonly callbackAttempts: number | null;
  /** Whether a negative amount is refused, or taken without its sign. */
  readonly negativeAmounts: "refuse" | "absolute";
  /** The ids of service providers whose results have the dialect of the first generation. */
  readonly g1ServiceProviders: ReadonlySet<string>;
  /** Whether any well-formed SecurityCredential of a known initiator is accepted, in the sandbox. */
  readonly acceptForeignCredentials: boolean;
}
