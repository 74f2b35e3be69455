/**
 * `/`: the entrance for browsers: it leads to the workspace, the handsets and the API description.
 *
 * It is public, so it names the file with the keys but shows no key.
 */
import type { FastifyInstance } from "fastify";
import { markets } from "../../core/markets.ts";
import { getSession } from "../../protocols/openapi-v2/operations/get-session.ts";
import { operations } from "../../protocols/openapi-v2/operations.ts";
import { openapiV2 } from "../../protocols/openapi-v2/index.ts";
import { handsetCustomers, organisations, seedCustomers } from "../../sandbox/seed-data.ts";
import { readTheme } from "../workspace/theme.ts";
import { frontPageRoute } from "../route-schemas.ts";
import { getPageWords } from "../page-language.ts";
import { documentHeaders } from "../document.ts";
import { renderPage, type FrontPageData } from "./page.ts";

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
      .headers(documentHeaders)
      .send(
        renderPage(
          { ...data, url: url.replace(/\/$/, ""), theme: readTheme(request) ?? "system" },
          getPageWords(request),
        ),
      );
  });
}

/** The address from the request's Host header, unless that is invalid. */
function getAddress(protocol: string, host: string): string {
  return `${protocol}://${/^[a-z0-9.-]+(:\d+)?$|^\[[0-9a-f:]+\](:\d+)?$/i.test(host) ? host : "127.0.0.1:8080"}`;
}

/** What the page shows of the sandbox: its organisations, its customers and the calls to try. */
function describeSandbox(version: string): Omit<FrontPageData, "url" | "theme"> {
  const seeded = openapiV2.markets.map((market) => ({
    market,
    ...markets[market],
    customers: seedCustomers(market),
    handsetCustomers: handsetCustomers(market),
  }));
  return { version, organisations, calls: [getSession, ...operations], markets: seeded };
}
