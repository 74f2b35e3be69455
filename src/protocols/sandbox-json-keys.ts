/** The keys of `sandbox.json` and of `GET /control/v1/sandbox` under which protocols have their sections, besides the default one. */
import type { ProtocolName } from "./protocol.ts";

export const sandboxJsonKeys = { daraja: "daraja", ipgV1: "ipg-v1", soap: "soap" } as const satisfies Record<
  string,
  ProtocolName
>;
