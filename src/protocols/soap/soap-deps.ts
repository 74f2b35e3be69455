/** The dependencies of the Broker's calls. `index.ts` builds them once per server. */
import type { Environment } from "../../core/markets.ts";
import type { G2Identifiers } from "../g2/identifiers.ts";
import type { CredentialDecryptor } from "../g2/security-credential.ts";
import type { ProtocolDeps } from "../protocol.ts";
import type { SoapSettings } from "./settings.ts";

export interface SoapDeps extends Pick<
  ProtocolDeps,
  | "applications"
  | "changeCredential"
  | "clocks"
  | "newId"
  | "organisations"
  | "payments"
  | "queueQueryResult"
  | "readNotification"
  | "recordRequest"
  | "sealedCredentials"
  | "takeFault"
  | "validateCallbackUrl"
> {
  readonly identifiers: Readonly<Record<Environment, G2Identifiers>>;
  readonly credentials: CredentialDecryptor;
  /** PEM. */
  readonly certificates: Readonly<Record<Environment, string>>;
  readonly settings: SoapSettings;
}
