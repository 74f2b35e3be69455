/** The dependencies of Daraja's calls. `index.ts` builds them once per server. */
import type { Environment } from "../../core/markets.ts";
import type { ProtocolDeps } from "../protocol.ts";
import type { DistinctIds } from "./distinct-ids.ts";
import type { G2Identifiers } from "../g2/identifiers.ts";
import type { CredentialDecryptor } from "../g2/security-credential.ts";
import type { DarajaSettings } from "./settings.ts";

export interface DarajaDeps extends Pick<
  ProtocolDeps,
  | "applications"
  | "clocks"
  | "issueAccessToken"
  | "newId"
  | "organisations"
  | "passkeys"
  | "payments"
  | "queueQueryResult"
  | "recordRequest"
  | "takeFault"
  | "validateCallbackUrl"
> {
  readonly identifiers: Readonly<Record<Environment, G2Identifiers>>;
  readonly credentials: CredentialDecryptor;
  readonly distinctIds: DistinctIds;
  readonly settings: DarajaSettings;
}
