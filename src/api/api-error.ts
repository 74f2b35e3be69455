/** Error responses of our own JSON APIs. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { InvalidRequest } from "../http/validation.ts";
import { DatabaseUnavailable } from "../payments/engine/database-unavailable.ts";
import { isTransient } from "../store/driver/connect.ts";

/** An error response: an HTTP status, and a message for the client. */
export class ApiError extends Error {
  readonly statusCode: number;
  /** The field of the request that is not accepted, or null. */
  readonly field: string | null;

  constructor(statusCode: number, message: string, field: string | null = null) {
    super(message);
    this.statusCode = statusCode;
    this.field = field;
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

/**
 * Returns the error handler of an API. It rethrows unexpected errors to the error handler of the server, which does not
 * disclose details. `namesFields`: whether responses also have the name of the field, which forms need.
 */
export const createErrorHandler =
  ({ namesFields }: { readonly namesFields: boolean }) =>
  (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const send = (status: number, message: string, field: string | null = null): FastifyReply => {
      const body = { error: statusTitles[status] ?? "Error", message };
      return reply
        .code(status)
        .send(namesFields && field !== null && field !== "" ? { ...body, field } : body);
    };
    if (error instanceof ApiError) return send(error.statusCode, error.message, error.field);
    if (error instanceof InvalidRequest) {
      const { validationContext } = error as { readonly validationContext?: string };
      if (validationContext !== "params") return send(400, error.message, error.field);
      const { notFound } = request.routeOptions.config as unknown as RouteErrorConfig;
      return send(404, notFound);
    }
    if (error instanceof DatabaseUnavailable || isTransient(error)) {
      return send(
        503,
        "The database is unavailable. The change may or may not have been made: check before you try again.",
      );
    }
    throw error;
  };
