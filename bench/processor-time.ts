/** The processor time of a server and of its PostgreSQL, from Linux's `/proc`. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { BenchServer } from "./platform.ts";
import type { ReportLine } from "./report-line.ts";

/** Since the start of the processes, in microseconds, including time in the kernel. */
export interface ProcessorTime {
  readonly node: number;
  readonly postgres: number;
}

/** Fields of `/proc/<pid>/stat`, in the kernel's clock ticks. */
export interface ProcessStat {
  readonly parent: number;
  /** Of all threads of the process. */
  readonly ticks: number;
  /** Of its children that have ended. */
  readonly endedChildrenTicks: number;
}

/** Runs a load, and returns its result with the processor time until it resolves; null where there is no `/proc`. */
export async function measureLoadCost<T>(
  { pid, tempFolder: { dataDir } }: Pick<BenchServer, "pid" | "tempFolder">,
  load: () => Promise<T>,
): Promise<{ readonly result: T; readonly used: ProcessorTime | null }> {
  const before = readProcessorTime(pid, dataDir);
  const result = await load();
  const after = readProcessorTime(pid, dataDir);
  if (before === null || after === null) return { result, used: null };
  return { result, used: { node: after.node - before.node, postgres: after.postgres - before.postgres } };
}

/** Two lines of the report: the processor time of one of these payments. */
export function reportProcessorTime(
  row: string,
  label: string,
  payments: number,
  used: ProcessorTime | null,
): ReportLine[] {
  if (used === null) return [];
  const perPayment = (microseconds: number): number => Math.round((microseconds / payments) * 10) / 10;
  return [
    { row, label: `${label} in Node`, value: perPayment(used.node), unit: "µs" },
    { row, label: `${label} in PostgreSQL`, value: perPayment(used.postgres), unit: "µs" },
  ];
}

/** Null where there is no `/proc`. */
export function readProcessorTime(serverPid: number, dataDir: string): ProcessorTime | null {
  if (process.platform !== "linux") return null;
  const microsecondsPerTick = 1_000_000 / Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));
  const postmaster = readPostmasterPid(dataDir);
  const own = readStat(postmaster);
  const server = readStat(serverPid);
  if (own === null || server === null) throw new Error("The server or its PostgreSQL has ended.");
  // A connection that has ended is counted with the postmaster, whose child it was.
  let postgres = own.ticks + own.endedChildrenTicks;
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const stat = readStat(Number(name));
    if (stat?.parent === postmaster) postgres += stat.ticks;
  }
  return { node: server.ticks * microsecondsPerTick, postgres: postgres * microsecondsPerTick };
}

function readPostmasterPid(dataDir: string): number {
  const record = join(dataDir, "postgres.location");
  const folder = existsSync(record) ? readFileSync(record, "utf8").trim() : join(dataDir, "postgres");
  return Number.parseInt(readFileSync(join(folder, "cluster", "postmaster.pid"), "utf8"), 10);
}

/** Null if the process has just ended. */
function readStat(pid: number): ProcessStat | null {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return null;
  }
}

/** Parses the text of `/proc/<pid>/stat`. The second field, the program's name, can contain spaces and brackets. */
export function parseStat(text: string): ProcessStat {
  const fields = text
    .slice(text.lastIndexOf(")") + 2)
    .trim()
    .split(" ")
    .map(Number);
  // Field 3 of proc(5) is the first here.
  const field = (number: number): number => fields[number - 3] ?? Number.NaN;
  return { parent: field(4), ticks: field(14) + field(15), endedChildrenTicks: field(16) + field(17) };
}
