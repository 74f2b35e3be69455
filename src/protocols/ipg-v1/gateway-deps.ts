/** The dependencies of IPG v1's calls. `index.ts` builds them once per server. */
import type { Environment } from "../../core/markets.ts";
import type { ProtocolDeps } from "../protocol.ts";
import type { IpgV1Authenticator } from "./authentication/authenticate.ts";
import type { IpgV1Identifiers } from "./identifiers.ts";
import type { IpgV1Settings } from "./settings.ts";

export interface IpgV1Deps extends Pick<
  ProtocolDeps,
  | "clocks"
  | "newId"
  | "organisations"
  | "payments"
  | "queueQueryResult"
  | "recordRequest"
  | "synchronousWaitMs"
  | "takeFault"
> {
  readonly authenticator: IpgV1Authenticator;
  readonly identifiers: Readonly<Record<Environment, IpgV1Identifiers>>;
  readonly settings: IpgV1Settings;
}
