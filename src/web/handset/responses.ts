/** Responses of the handset pages: security headers, HTML pages and errors. */
import { STATUS_CODES } from "node:http";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Html } from "../../http/html.ts";
import { securityHeaders } from "../../http/security-headers.ts";
import { InvalidRequest } from "../../http/validation.ts";
import { getPageWords } from "../page-language.ts";
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
export const handsetHeaders = {
  "content-security-policy": contentSecurityPolicy,
  ...securityHeaders,
} as const;

export function sendPage(reply: FastifyReply, status: number, page: Html): FastifyReply {
  return reply.code(status).type("text/html; charset=utf-8").send(page.text);
}

/** Sends an error as a page to a browser, and as JSON to a script. */
export function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const pageError = error instanceof PageError ? error : toPageError(error);
  // Other errors go to the server's error handler, which does not expose details.
  if (pageError === null) throw error;
  const { statusCode } = pageError;
  const words = getPageWords(request);
  const message = pageError.getMessage(words.notices);
  if (request.method === "GET" && (request.headers.accept ?? "").includes("text/html")) {
    return sendPage(reply, statusCode, renderNoticePage(message, words));
  }
  return reply.code(statusCode).send({ error: STATUS_CODES[statusCode] ?? "Error", message });
}

function toPageError(error: unknown): PageError | null {
  if (error instanceof InvalidRequest) return new PageError(400, () => error.message);
  const { statusCode } = error as { statusCode?: number };
  if (statusCode === 415) return new PageError(415, (notices) => notices.jsonOnly);
  return null;
}
