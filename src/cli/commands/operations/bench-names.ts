/** The benchmarks, by the names that `--only` accepts. See `bench/` for what each measures. */
export const benchmarkNames = [
  "start",
  "yardstick",
  "c2b",
  "cpu",
  "hot",
  "fresh",
  "callbacks",
  "isolation",
  "memory",
  "stored",
] as const;

export type BenchmarkName = (typeof benchmarkNames)[number];
