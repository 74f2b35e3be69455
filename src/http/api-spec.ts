/** This folder's part of `openapi.json`: health, metrics, and the document itself. */
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
      description: "Health, metrics, documentation and the front page.",
    },
  ],
  components: {
    schemas: { PlainError: errorSchema },
    securitySchemes: {
      metricsToken: {
        type: "http",
        scheme: "bearer",
        description: "The setting METRICS_TOKEN. Without it, metrics are available only on this machine.",
      },
    },
  },
  paths: {
    "/": {
      get: {
        tags: ["Server"],
        operationId: "frontPage",
        summary: "A page with an overview of this server and its addresses.",
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
        summary: "Whether the process is running.",
        responses: { 200: { description: "It is running.", content: statusContent("live") } },
      },
    },
    "/health/ready": {
      get: {
        tags: ["Server"],
        operationId: "ready",
        summary: "Whether payments are possible: every database responds.",
        responses: {
          200: { description: "Ready.", content: statusContent("ready") },
          503: {
            description: "Not ready: a database does not respond.",
            content: statusContent("not ready"),
          },
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
            description: "The request has no valid token and does not come from this machine.",
            content: jsonContent({ $ref: "#/components/schemas/PlainError" }),
          },
        },
      },
    },
  },
};
