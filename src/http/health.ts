/** Health and metrics: for load balancers, orchestrators and Prometheus. */
import { timingSafeEqual, hash } from "node:crypto";
import type { FastifyInstance, FastifyRequest, FastifySchema } from "fastify";
import { msPerSecond } from "../core/clock.ts";
import { describeResponse, plainError, serverTag } from "./api-spec.ts";
import { isFromThisMachine } from "./client-address.ts";
import type { Metrics } from "./metrics.ts";
import type { Readiness } from "./readiness.ts";
import { isAllowedHost } from "./same-origin.ts";

export interface HealthDeps {
  readonly metrics: Metrics;
  /** Null: only requests from this machine may read the metrics. */
  readonly metricsToken: string | null;
  /** Host names that a request for the metrics may have besides those of this machine. */
  readonly hosts: readonly string[];
  readonly readiness: Readiness;
}

export function registerHealth(app: FastifyInstance, deps: HealthDeps): void {
  const { metrics, readiness } = deps;
  const renderMetrics = shareForASecond(() => metrics.render());
  app.get("/health/live", { schema: liveRoute }, async () => ({ status: "live" }));
  app.get("/health/ready", { schema: readyRoute }, async (_request, reply) => {
    // While the server stops, it answers what arrives, but a load balancer must use another one.
    if (app.isStopping) return reply.code(503).send({ status: "not ready", stopping: true });
    const { ready, away } = await readiness.check();
    const status = ready ? "ready" : "not ready";
    return reply.code(ready ? 200 : 503).send(away.length === 0 ? { status } : { status, away });
  });
  app.get("/metrics", { schema: metricsRoute }, async (request, reply) => {
    if (!mayReadMetrics(request, deps)) {
      return reply.code(403).send({
        error: "Forbidden",
        message:
          "Send METRICS_TOKEN as the bearer token. Without that setting, only this machine may read metrics, and not through a proxy.",
      });
    }
    return reply.header("content-type", metrics.contentType).send(await renderMetrics());
  });
}

/** Calls again a second later at the earliest: rendering reads the databases of all rails, and everyone may ask often. */
function shareForASecond(render: () => Promise<string>): () => Promise<string> {
  let rendered: Promise<string> | null = null;
  let renderedAt = 0;
  return () => {
    const now = performance.now();
    if (rendered === null || now - renderedAt >= msPerSecond) {
      renderedAt = now;
      rendered = render();
    }
    return rendered;
  };
}

const statusResponse = (description: string, status: string, more: object = {}) =>
  describeResponse(description, "application/json", {
    type: "object",
    required: ["status"],
    properties: { status: { type: "string", const: status }, ...more },
  });

const liveRoute: FastifySchema = {
  tags: [serverTag],
  operationId: "live",
  summary: "Whether the process is running.",
  response: { 200: statusResponse("It is running.", "live") },
};

const away = {
  type: "array",
  items: { type: "string" },
  description: "The rails that cannot make payments; absent if there are none.",
};

const stopping = {
  type: "boolean",
  const: true,
  description: "The server is stopping; absent otherwise.",
};

const readyRoute: FastifySchema = {
  tags: [serverTag],
  operationId: "ready",
  summary:
    "Whether payments can be written to the databases. The databases are checked at most once a second.",
  response: {
    200: statusResponse("Ready.", "ready", { away }),
    503: statusResponse(
      "Not ready: no payment can be written to a database, or the server is stopping.",
      "not ready",
      { away, stopping },
    ),
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

/** A page of another site has another Host, even if its name resolves to this machine. */
function mayReadMetrics(request: FastifyRequest, { metricsToken, hosts }: HealthDeps): boolean {
  const { authorization = "", host } = request.headers;
  if (metricsToken !== null) return timingSafeEqualText(authorization, `Bearer ${metricsToken}`);
  return isFromThisMachine(request) && isAllowedHost(host, hosts);
}

/** Compares two strings in constant time. */
export function timingSafeEqualText(a: string, b: string): boolean {
  return timingSafeEqual(hash("sha256", a, "buffer"), hash("sha256", b, "buffer"));
}
