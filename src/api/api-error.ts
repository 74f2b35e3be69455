/** Error responses of our own JSON APIs. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { InvalidRequest } from "../http/validation.ts";
import { DatabaseUnavailable } from "../payments/engine/database-unavailable.ts";
import { isTransient } from "../store/driver/connect.ts";

/** An error response: an HTTP status, and a message for the client. */
export class ApiError extends Error {
  readonly statusCode: number;

  constructor(statusCode: number, message: string) {
    super(message);
    this.statusCode = statusCode;
  }
}

/** What the configuration of a registered route has for its errors. */
export interface RouteErrorConfig {
  /** The message for a path with an invalid name or number, which nothing can have. */
  readonly notFound: string;
}

const statusTitles: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  409: "Conflict",
  421: "Misdirected Request",
  429: "Too Many Requests",
  503: "Service Unavailable",
};

/** Rethrows unexpected errors to the error handler of the server, which does not disclose details. */
export function handleError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error instanceof ApiError) return sendError(reply, error.statusCode, error.message);
  if (error instanceof InvalidRequest) {
    const { validationContext } = error as { readonly validationContext?: string };
    if (validationContext !== "params") return sendError(reply, 400, error.message);
    const { notFound } = request.routeOptions.config as unknown as RouteErrorConfig;
    return sendError(reply, 404, notFound);
  }
  if (error instanceof DatabaseUnavailable || isTransient(error)) {
    return sendError(
      reply,
      503,
      "The database is unavailable. The change may or may not have been made: check before you try again.",
    );
  }
  throw error;
}

function sendError(reply: FastifyReply, status: number, message: string): FastifyReply {
  return reply.code(status).send({ error: statusTitles[status] ?? "Error", message });
}
