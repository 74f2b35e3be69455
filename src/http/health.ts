/** Health and metrics: for load balancers, orchestrators and Prometheus. */
import { timingSafeEqual, hash } from "node:crypto";
import type { FastifyInstance, FastifySchema } from "fastify";
import ipaddr from "ipaddr.js";
import { describeResponse, plainError, serverTag } from "./api-spec.ts";
import type { Metrics } from "./metrics.ts";

export interface HealthDeps {
  readonly metrics: Metrics;
  /** Null: only requests from this machine may read the metrics. */
  readonly metricsToken: string | null;
  /** Rejects, or resolves to false, when payments are not possible. */
  ready(): Promise<boolean>;
}

export function registerHealth(app: FastifyInstance, { metrics, metricsToken, ready }: HealthDeps): void {
  app.get("/health/live", { schema: liveRoute }, async () => ({ status: "live" }));
  app.get("/health/ready", { schema: readyRoute }, async (_request, reply) => {
    const isReady = await ready().catch(() => false);
    return reply.code(isReady ? 200 : 503).send({ status: isReady ? "ready" : "not ready" });
  });
  app.get("/metrics", { schema: metricsRoute }, async (request, reply) => {
    if (!mayReadMetrics(request.ip, request.headers.authorization, metricsToken)) {
      return reply.code(403).send({
        error: "Forbidden",
        message:
          "Send METRICS_TOKEN as the bearer token. Without that setting, only this machine may read metrics.",
      });
    }
    return reply.header("content-type", metrics.contentType).send(await metrics.render());
  });
}

const statusResponse = (description: string, status: string) =>
  describeResponse(description, "application/json", {
    type: "object",
    required: ["status"],
    properties: { status: { type: "string", const: status } },
  });

const liveRoute: FastifySchema = {
  tags: [serverTag],
  operationId: "live",
  summary: "Whether the process is running.",
  response: { 200: statusResponse("It is running.", "live") },
};

const readyRoute: FastifySchema = {
  tags: [serverTag],
  operationId: "ready",
  summary: "Whether payments are possible: every database responds.",
  response: {
    200: statusResponse("Ready.", "ready"),
    503: statusResponse("Not ready: a database does not respond.", "not ready"),
  },
};

const metricsRoute: FastifySchema = {
  tags: [serverTag],
  operationId: "metrics",
  summary: "Metrics for Prometheus.",
  security: [{ metricsToken: [] }, {}],
  response: {
    200: describeResponse("The metrics.", "text/plain", { type: "string" }),
    403: plainError("The request has no valid token and does not come from this machine."),
  },
};

function mayReadMetrics(address: string, authorization: string | undefined, token: string | null): boolean {
  if (token !== null) return timingSafeEqualText(authorization ?? "", `Bearer ${token}`);
  return ipaddr.isValid(address) && ipaddr.process(address).range() === "loopback";
}

/** Compares two strings in constant time. */
export function timingSafeEqualText(a: string, b: string): boolean {
  return timingSafeEqual(hash("sha256", a, "buffer"), hash("sha256", b, "buffer"));
}
