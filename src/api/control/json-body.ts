/** Parses every body as JSON, whatever its content type: one error message for all invalid bodies. */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { ApiError } from "../api-error.ts";

/** Ten thousand customers with names and balances take about two megabytes. */
export const maxBodyBytes = 4 * 1024 * 1024;

export function acceptAnyContentType(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser("*", { parseAs: "string" }, async (request: FastifyRequest, text: string) =>
    // A route without fields ignores its body.
    request.routeOptions.schema?.body === undefined ? null : parseJson(text),
  );
  // Fastify would refuse an invalid content type before it calls the parser.
  scope.addHook("onRequest", async (request) => {
    delete request.raw.headers["content-type"];
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new ApiError(400, "The body is not valid JSON.");
  }
}
