/** How the handset's pages answer: headers that keep strangers out, and errors that a person can read. */
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Html } from "../../http/html.ts";
import { PageError } from "./access-control.ts";
import { renderNoticePage } from "./notice-page.ts";

/**
 * Own scripts and styles, own frames (`/handset` shows several handsets), and nothing else: whatever name a
 * customer has, it cannot become a script. No script of ours writes markup, which the last line holds it to.
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

/** Everything that these pages answer with, the event streams too. */
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

/** Says what went wrong: to a person who opens a page in a page, to a script in JSON. */
export function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const pageError = error instanceof PageError ? error : toPageError(error);
  // What is not ours to say goes on to the server's own handler, which tells nobody more than it should.
  if (pageError === null) throw error;
  const { statusCode, message } = pageError;
  if (request.method === "GET" && (request.headers.accept ?? "").includes("text/html")) {
    return sendPage(reply, statusCode, renderNoticePage("This does not work", message));
  }
  return reply.code(statusCode).send({ error: titles[statusCode] ?? "Error", message });
}

function toPageError(error: unknown): PageError | null {
  const { statusCode, validation } = error as { statusCode?: number; validation?: unknown };
  if (validation !== undefined) return new PageError(400, "The request has fields that cannot be read.");
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
