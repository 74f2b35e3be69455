/** What the calls of OpenAPI v2 need: built once for a server by `index.ts`. */
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
