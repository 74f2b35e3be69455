/** Metrics for Prometheus. Requests only increment numbers; they are converted when metrics are read. */
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from "prom-client";

const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export interface Metrics {
  /** Counts a request. Labels are fixed names, never values that a caller sent. */
  request(labels: RequestLabels, seconds: number): void;
  /** Registers a number that is read with each scrape. */
  gauge(name: string, help: string, read: () => number): void;
  /** Registers a counter with fixed labels. */
  counter<Label extends string>(
    name: string,
    help: string,
    labels: readonly Label[],
  ): IncrementCounter<Label>;
  /** Registers several numbers, one for each set of labels, that are read together with each scrape. */
  gauges<Label extends string>(
    names: Readonly<Record<string, string>>,
    labels: readonly Label[],
    read: () => Promise<readonly GaugeReading<Label>[]>,
  ): void;
  render(): Promise<string>;
  readonly contentType: string;
}

export interface RequestLabels {
  readonly environment: string;
  readonly market: string;
  readonly protocol: string;
  readonly call: string;
  readonly code: string;
}

/** Adds one to a counter. */
export type IncrementCounter<Label extends string> = (labels: Readonly<Record<Label, string>>) => void;

/** Values by the names of their metrics. */
export interface GaugeReading<Label extends string> {
  readonly labels: Readonly<Record<Label, string>>;
  readonly values: Readonly<Record<string, number>>;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const beforeRendering: (() => Promise<void>)[] = [];
  const counts = new Map<string, { labels: Record<string, string>; count: number; reported: number }>();
  const seconds = new Map<string, ReturnType<Histogram["labels"]>>();
  const requests = new Counter({
    name: "pesarail_requests_total",
    help: "Gateway requests answered.",
    labelNames: ["environment", "market", "protocol", "call", "code"],
    registers: [registry],
    collect() {
      for (const entry of counts.values()) {
        requests.inc(entry.labels, entry.count - entry.reported);
        entry.reported = entry.count;
      }
    },
  });
  const latency = new Histogram({
    name: "pesarail_request_seconds",
    help: "Time from a request's arrival to its answer.",
    labelNames: ["protocol", "call"],
    buckets,
    registers: [registry],
  });

  return {
    request({ environment, market, protocol, call, code }, durationSeconds) {
      const callKey = `${protocol} ${call}`;
      const key = `${environment} ${market} ${callKey} ${code}`;
      let entry = counts.get(key);
      if (entry === undefined) {
        entry = { labels: { environment, market, protocol, call, code }, count: 0, reported: 0 };
        counts.set(key, entry);
      }
      entry.count += 1;
      let observe = seconds.get(callKey);
      if (observe === undefined) seconds.set(callKey, (observe = latency.labels(protocol, call)));
      observe.observe(durationSeconds);
    },
    gauge(name, help, read) {
      const gauge: Gauge = new Gauge({ name, help, registers: [registry], collect: () => gauge.set(read()) });
    },
    counter(name, help, labels) {
      const counter = new Counter({ name, help, labelNames: [...labels], registers: [registry] });
      return (values) => counter.inc(values);
    },
    gauges(names, labels, read) {
      const all = Object.entries(names).map(
        ([name, help]) => new Gauge({ name, help, labelNames: [...labels], registers: [registry] }),
      );
      beforeRendering.push(async () => {
        const readings = await read();
        Object.keys(names).forEach((name, index) => {
          all[index]?.reset();
          for (const reading of readings) all[index]?.set(reading.labels, reading.values[name] ?? 0);
        });
      });
    },
    async render() {
      // Metrics that cannot be read now keep their last value.
      await Promise.allSettled(beforeRendering.map((readAll) => readAll()));
      return registry.metrics();
    },
    contentType: registry.contentType,
  };
}
