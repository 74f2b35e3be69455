/**
 * `/`: a page for people who open the server's address in a browser, until there is a portal.
 *
 * Anybody on the network may see it, so it names the file with the keys and shows none. It is one document
 * without scripts; its policy allows its own style sheet and nothing else. The policy has quotes in it,
 * which the gateway's routes must not have, so it is set here alone.
 */
import { createHash } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { markets } from "../../core/money.ts";
import { getSession } from "../../protocols/openapi-v2/operations/get-session.ts";
import { operations } from "../../protocols/openapi-v2/operations.ts";
import { openapiV2 } from "../../protocols/openapi-v2/index.ts";
import { handsetCustomers, organisations, seedCustomers } from "../../sandbox/seed-data.ts";
import { renderPage, type FrontPageData } from "./page.ts";
import { styles } from "./styles.ts";

const policy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash("sha256").update(styles).digest("base64")}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

export interface FrontPageOptions {
  /** The address that others reach this server by; null shows each reader the one that they came by. */
  readonly publicUrl: string | null;
  readonly version: string;
}

export function registerFrontPage(app: FastifyInstance, { publicUrl, version }: FrontPageOptions): void {
  const data = describeSandbox(version);
  app.get("/", async (request, reply) => {
    const url = publicUrl ?? getAddress(request.protocol, request.host);
    return reply
      .type("text/html; charset=utf-8")
      .header("content-security-policy", policy)
      .header("x-content-type-options", "nosniff")
      .header("referrer-policy", "no-referrer")
      .header("cache-control", "no-store")
      .send(renderPage({ ...data, url: url.replace(/\/$/, "") }));
  });
}

/** The address in a reader's own request; a Host header that is none is not repeated. */
function getAddress(protocol: string, host: string): string {
  return `${protocol}://${/^[a-z0-9.-]+(:\d+)?$|^\[[0-9a-f:]+\](:\d+)?$/i.test(host) ? host : "127.0.0.1:8080"}`;
}

/** What the page shows of the sandbox: its organisations, its customers and the calls to try. */
function describeSandbox(version: string): Omit<FrontPageData, "url"> {
  const seeded = openapiV2.markets.map((market) => ({
    market,
    ...markets[market],
    customers: seedCustomers(market),
    handsetCustomers: handsetCustomers(market),
  }));
  return { version, organisations, calls: [getSession, ...operations], markets: seeded };
}
