/** Metrics for Prometheus. Counted in plain numbers on the payment's path, and translated when somebody asks. */
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from "prom-client";

const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export interface Metrics {
  /** Counts an answered request. Labels are names of ours, never anything that a caller sent. */
  request(environment: string, market: string, call: string, code: string, seconds: number): void;
  /** Registers a number that is read when somebody asks. */
  gauge(name: string, help: string, read: () => number): void;
  render(): Promise<string>;
  readonly contentType: string;
}

export function openMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const counts = new Map<string, { labels: Record<string, string>; count: number; told: number }>();
  const seconds = new Map<string, ReturnType<Histogram["labels"]>>();
  const requests = new Counter({
    name: "pesarail_requests_total",
    help: "Gateway requests answered.",
    labelNames: ["environment", "market", "call", "code"],
    registers: [registry],
    collect() {
      for (const entry of counts.values()) {
        requests.inc(entry.labels, entry.count - entry.told);
        entry.told = entry.count;
      }
    },
  });
  const latency = new Histogram({
    name: "pesarail_request_seconds",
    help: "Time from a request's arrival to its answer.",
    labelNames: ["call"],
    buckets,
    registers: [registry],
  });

  return {
    request(environment, market, call, code, took) {
      const key = `${environment} ${market} ${call} ${code}`;
      let entry = counts.get(key);
      if (entry === undefined) {
        entry = { labels: { environment, market, call, code }, count: 0, told: 0 };
        counts.set(key, entry);
      }
      entry.count += 1;
      let observe = seconds.get(call);
      if (observe === undefined) seconds.set(call, (observe = latency.labels(call)));
      observe.observe(took);
    },
    gauge(name, help, read) {
      const gauge: Gauge = new Gauge({ name, help, registers: [registry], collect: () => gauge.set(read()) });
    },
    render: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
