/** The dependencies of OpenAPI v2's calls. `index.ts` builds them once per server. */
import type { Id } from "../../core/ids.ts";
import type { Environment } from "../../core/markets.ts";
import type { ProtocolDeps } from "../protocol.ts";
import type { Authenticator } from "./authentication/authenticate.ts";
import type { Identifiers } from "./identifiers.ts";
import type { MsisdnTokens } from "./msisdn-tokens.ts";

export interface GatewayDeps extends Pick<
  ProtocolDeps,
  "payments" | "queueQueryResult" | "recordRequest" | "synchronousWaitMs" | "validateCallbackUrl"
> {
  readonly newId: () => Id;
  readonly authenticator: Authenticator;
  readonly identifiers: Readonly<Record<Environment, Identifiers>>;
  readonly tokens: Readonly<Record<Environment, MsisdnTokens>>;
}
