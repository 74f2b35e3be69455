/** Responses of the handset pages: security headers, HTML pages and errors. */
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Html } from "../../http/html.ts";
import { InvalidRequest } from "../../http/validation.ts";
import { PageError } from "./access-control.ts";
import { renderNoticePage } from "./notice-page.ts";

/**
 * Allows scripts, styles and frames of this server only (`/handset` shows several handsets in frames), so that a
 * customer's name can never run as a script. The last line forbids our scripts to write markup.
 */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self'",
  "frame-src 'self'",
  "frame-ancestors 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

/** On every response of these pages, event streams included. */
export const securityHeaders = {
  "content-security-policy": contentSecurityPolicy,
  "x-content-type-options": "nosniff",
  "x-frame-options": "SAMEORIGIN",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "cache-control": "no-store",
} as const;

export function sendPage(reply: FastifyReply, status: number, page: Html): FastifyReply {
  return reply.code(status).type("text/html; charset=utf-8").send(page.text);
}

/** Sends an error as a page to a browser, and as JSON to a script. */
export function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const pageError = error instanceof PageError ? error : toPageError(error);
  // Other errors go to the server's error handler, which does not expose details.
  if (pageError === null) throw error;
  const { statusCode, message } = pageError;
  if (request.method === "GET" && (request.headers.accept ?? "").includes("text/html")) {
    return sendPage(reply, statusCode, renderNoticePage("Something went wrong", message));
  }
  return reply.code(statusCode).send({ error: titles[statusCode] ?? "Error", message });
}

function toPageError(error: unknown): PageError | null {
  if (error instanceof InvalidRequest) return new PageError(400, error.message);
  const { statusCode } = error as { statusCode?: number };
  if (statusCode === 415) return new PageError(415, "The body must be application/json.");
  return null;
}

const titles: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  409: "Conflict",
  415: "Unsupported Media Type",
  421: "Misdirected Request",
  429: "Too Many Requests",
  503: "Service Unavailable",
};
