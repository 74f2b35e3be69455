/** The rows of the benchmark's table, by the names that `--only` takes. What each measures is in `bench/`. */
export const benchmarkNames = [
  "start",
  "yardstick",
  "c2b",
  "hot",
  "fresh",
  "callbacks",
  "memory",
  "stored",
] as const;

export type BenchmarkName = (typeof benchmarkNames)[number];
