/**
 * `/`: the front page for browsers, until there is a portal.
 *
 * It is public, so it names the file with the keys but shows no key. It is one document without scripts, and its content
 * security policy allows only its own style sheet. Headers of gateway routes must not contain quotes, as this policy
 * does, so it is set only here.
 */
import { createHash } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { markets } from "../../core/markets.ts";
import { getSession } from "../../protocols/openapi-v2/operations/get-session.ts";
import { operations } from "../../protocols/openapi-v2/operations.ts";
import { openapiV2 } from "../../protocols/openapi-v2/index.ts";
import { handsetCustomers, organisations, seedCustomers } from "../../sandbox/seed-data.ts";
import { frontPageRoute } from "../route-schemas.ts";
import { getPageWords } from "../page-language.ts";
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
  /** The public URL of this server; null: the page shows the address of the request. */
  readonly publicUrl: string | null;
  readonly version: string;
}

export function registerFrontPage(app: FastifyInstance, { publicUrl, version }: FrontPageOptions): void {
  const data = describeSandbox(version);
  app.get("/", { schema: frontPageRoute }, async (request, reply) => {
    const url = publicUrl ?? getAddress(request.protocol, request.host);
    return reply
      .type("text/html; charset=utf-8")
      .header("content-security-policy", policy)
      .header("x-content-type-options", "nosniff")
      .header("referrer-policy", "no-referrer")
      .header("cache-control", "no-store")
      .send(renderPage({ ...data, url: url.replace(/\/$/, "") }, getPageWords(request)));
  });
}

/** The address from the request's Host header, unless that is invalid. */
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
