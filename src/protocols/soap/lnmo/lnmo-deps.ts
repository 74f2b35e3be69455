/** The dependencies of the LNMO checkout. */
import type { Environment } from "../../../core/markets.ts";
import type { PublicIds } from "../../../core/ids.ts";
import type { ProtocolDeps } from "../../protocol.ts";

export interface LnmoDeps extends Pick<
  ProtocolDeps,
  | "applications"
  | "clocks"
  | "newId"
  | "organisations"
  | "payments"
  | "recordRequest"
  | "sealedCredentials"
  | "validateCallbackUrl"
> {
  readonly keys: Readonly<Record<Environment, { readonly publicIds: PublicIds }>>;
}
