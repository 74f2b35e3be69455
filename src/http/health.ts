/** Health and metrics: for load balancers, orchestrators and Prometheus. */
import { timingSafeEqual, hash } from "node:crypto";
import type { FastifyInstance } from "fastify";
import ipaddr from "ipaddr.js";
import type { Metrics } from "./metrics.ts";

export interface DatabaseCheck {
  /** Whether payments can be made. */
  readonly ready: boolean;
  /** The rails that cannot make any. */
  readonly away: readonly string[];
}

export interface HealthDeps {
  readonly metrics: Metrics;
  /** Null: only requests from this machine may read the metrics. */
  readonly metricsToken: string | null;
  /** Asks the databases. */
  check(): Promise<DatabaseCheck>;
}

export function registerHealth(app: FastifyInstance, { metrics, metricsToken, check }: HealthDeps): void {
  app.get("/health/live", async () => ({ status: "live" }));
  app.get("/health/ready", async (_request, reply) => {
    const { ready, away } = await check();
    const status = ready ? "ready" : "not ready";
    return reply.code(ready ? 200 : 503).send(away.length === 0 ? { status } : { status, away });
  });
  app.get("/metrics", async (request, reply) => {
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

function mayReadMetrics(address: string, authorization: string | undefined, token: string | null): boolean {
  if (token !== null) return timingSafeEqualText(authorization ?? "", `Bearer ${token}`);
  return ipaddr.isValid(address) && ipaddr.process(address).range() === "loopback";
}

/** Compares two strings in constant time. */
export function timingSafeEqualText(a: string, b: string): boolean {
  return timingSafeEqual(hash("sha256", a, "buffer"), hash("sha256", b, "buffer"));
}
