/** How OAuth can fail in the sandbox, as clients have met it (`DARAJA_OAUTH_FAULT`). Never by default. */
import type { Environment } from "../../core/markets.ts";
import type { DarajaSettings } from "./settings.ts";

/** A response that is no Daraja JSON. */
export interface FaultyResponse {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

const page = (title: string): string =>
  `<!DOCTYPE html><html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>`;

/** What is sent instead of a response with this status; null for the response itself. */
export function findOauthFault(
  { oauthFault }: Pick<DarajaSettings, "oauthFault">,
  environment: Environment,
  status: number,
): FaultyResponse | null {
  if (environment === "live") return null;
  switch (oauthFault) {
    case "off":
      return null;
    case "empty":
      return status === 400 ? { status, contentType: "application/json", body: "" } : null;
    case "html":
      return { status: 200, contentType: "text/html", body: page("Daraja sandbox portal") };
    case "unavailable":
    default:
      return { status: 503, contentType: "text/html", body: page("Service Unavailable") };
  }
}
