/** The benchmarks, by the names that `--only` accepts. See `bench/` for what each measures. */
export const benchmarkNames = [
  "start",
  "yardstick",
  "c2b",
  "cpu",
  "hot",
  "fresh",
  "callbacks",
  "daraja",
  "ipg-v1",
  "isolation",
  "memory",
  "log",
  "stored",
  "search",
] as const;

/** The benchmarks that first store millions of rows. */
export const fullBenchmarkNames: ReadonlySet<string> = new Set(["stored", "search"]);

export type BenchmarkName = (typeof benchmarkNames)[number];
