/** The settings of IPG v1, as the configuration reads them (`IPG_V1_…`). */
import type { Environment } from "../../core/markets.ts";

/** One listener for each call, as on M-Pesa's own gateway. */
export const listenerNames = [
  "c2b",
  "b2c",
  "b2b",
  "reversal",
  "queryTransactionStatus",
  "queryCustomerName",
] as const;

export type IpgV1ListenerName = (typeof listenerNames)[number];

/** The setting with the port of each listener. */
export const portSettings = {
  c2b: "IPG_V1_PORT_C2B",
  b2c: "IPG_V1_PORT_B2C",
  b2b: "IPG_V1_PORT_B2B",
  reversal: "IPG_V1_PORT_REVERSAL",
  queryTransactionStatus: "IPG_V1_PORT_QUERY_TRANSACTION_STATUS",
  queryCustomerName: "IPG_V1_PORT_QUERY_CUSTOMER_NAME",
} as const satisfies Record<IpgV1ListenerName, string>;

export interface IpgV1Settings {
  /** The environment of the listeners. */
  readonly environment: Environment;
  /** The port of each listener; null if it is off, 0 for a free one. */
  readonly ports: Readonly<Record<IpgV1ListenerName, number | null>>;
  /** Whether a query with a body is refused with 403 and a page, as M-Pesa's gateway does. */
  readonly strictQueries: boolean;
}
