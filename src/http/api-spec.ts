/** What this folder says of itself in `openapi.json`: health, metrics, and the document. */
import { errorSchema, type ApiSpecPart } from "./api-spec-document.ts";

const jsonContent = (schema: object) => ({ "application/json": { schema } });

const statusContent = (status: string) =>
  jsonContent({
    type: "object",
    required: ["status"],
    properties: { status: { type: "string", const: status } },
  });

export const serverApiSpec: ApiSpecPart = {
  tags: [
    {
      name: "Server",
      description: "For load balancers, orchestrators, Prometheus, and people who look around.",
    },
  ],
  components: {
    schemas: { PlainError: errorSchema },
    securitySchemes: {
      metricsToken: {
        type: "http",
        scheme: "bearer",
        description: "The setting METRICS_TOKEN. Without one, metrics are for this machine alone.",
      },
    },
  },
  paths: {
    "/": {
      get: {
        tags: ["Server"],
        operationId: "frontPage",
        summary: "A page for people: what this is and where things are.",
        responses: {
          200: { description: "The page.", content: { "text/html": { schema: { type: "string" } } } },
        },
      },
    },
    "/openapi.json": {
      get: {
        tags: ["Server"],
        operationId: "openapiDocument",
        summary: "This document.",
        responses: { 200: { description: "The document.", content: jsonContent({ type: "object" }) } },
      },
    },
    "/health/live": {
      get: {
        tags: ["Server"],
        operationId: "live",
        summary: "Whether the process runs.",
        responses: { 200: { description: "It does.", content: statusContent("live") } },
      },
    },
    "/health/ready": {
      get: {
        tags: ["Server"],
        operationId: "ready",
        summary: "Whether payments can be made: every database answers.",
        responses: {
          200: { description: "They can.", content: statusContent("ready") },
          503: { description: "They cannot at the moment.", content: statusContent("not ready") },
        },
      },
    },
    "/metrics": {
      get: {
        tags: ["Server"],
        operationId: "metrics",
        summary: "Metrics for Prometheus.",
        security: [{ metricsToken: [] }, {}],
        responses: {
          200: { description: "The metrics.", content: { "text/plain": { schema: { type: "string" } } } },
          403: {
            description: "Neither the token nor a request from this machine.",
            content: jsonContent({ $ref: "#/components/schemas/PlainError" }),
          },
        },
      },
    },
  },
};
