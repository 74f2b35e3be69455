/** The kinds of hostile load of the benchmark `isolation`, and the plan of the process that sends one of them. */

export const hostileLoads = {
  forged_bearers: "64 connections, each request with another forged bearer",
  no_key: "64 connections, requests without a key, with the longest headers and bodies that are logged",
  unknown_paths: "64 connections, requests to paths that do not exist",
  silent_connections: "new connections that send nothing, 200 a second, up to 2,000",
  slow_headers: "500 connections that send their headers byte by byte",
  slow_bodies: "500 connections that send their bodies byte by byte",
  large_bodies: "32 connections, bodies of 64 KB with a JSON of many fields",
  pages: "32 connections, the API's description, health, metrics and handset pages",
  portal: "20 connections, pages of the workspace's request log",
  poison: "16 connections of another application, payments with characters that no database stores",
  prompts: "16 connections of another application, prompts to the customers with handsets",
  queries: "32 connections of another application, queries of payments that do not exist",
  endless_listener:
    "16 connections of another application, whose listener responds to its callbacks without end",
} as const;

export type HostileLoad = keyof typeof hostileLoads;

export interface HostilePlan {
  readonly kind: HostileLoad;
  /** The address of the server. */
  readonly gateway: string;
  readonly market: string;
  readonly country: string;
  readonly currency: string;
  readonly publicKey: string;
  /** A session key of an application that the honest payments do not use. */
  readonly session: string;
  readonly shortcode: string;
  /** A customer who pays at once, and customers with handsets. */
  readonly customer: string;
  readonly handsets: readonly string[];
  /** It ends itself after this time. */
  readonly maxSeconds: number;
}

export interface HostileResult {
  /** The requests that it completed, or the connections that it opened. */
  readonly sent: number;
  /** The number of 201 responses: payments that the ledger has, too. */
  readonly paid: number;
}
