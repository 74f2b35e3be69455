/** The list of all protocols. The server, the commands and the generators read it. */
import type { Market } from "../core/markets.ts";
import { daraja } from "./daraja/index.ts";
import { ipgV1 } from "./ipg-v1/index.ts";
import { openapiV2 } from "./openapi-v2/index.ts";
import type { Protocol, ProtocolName } from "./protocol.ts";
import { soap } from "./soap/index.ts";

export const protocols: readonly Protocol[] = [openapiV2, ipgV1, daraja, soap];

/** The protocol of commands and `/control/v1` requests that name none. */
export const defaultProtocol: Protocol = openapiV2;

export const findProtocol = (name: ProtocolName): Protocol | undefined =>
  protocols.find((protocol) => protocol.name === name);

/** The protocols that a market has. */
export const findMarketProtocols = (market: Market): readonly Protocol[] =>
  protocols.filter((protocol) => protocol.markets.includes(market));

/** The names of all products that an application may have enabled. */
export const productNames: readonly string[] = protocols.flatMap(({ products }) =>
  products.map(({ name }) => name),
);

/** The names of all faults that requests to the sandbox can have. */
export const requestFaultKinds: readonly string[] = protocols.flatMap(({ requestFaults = [] }) =>
  requestFaults.map(({ kind }) => kind),
);
