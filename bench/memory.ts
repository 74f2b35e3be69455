import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

export interface Memory {
  /** The current resident set size, in MiB. */
  readonly nowMiB: number;
  /** The peak since the process started. If the system does not record it, the same as `nowMiB`. */
  readonly peakMiB: number;
}

/** Reads the memory use of a process, including its worker threads. */
export function readMemory(pid: number): Memory {
  if (process.platform !== "linux") {
    const kiB = Number(execFileSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" }));
    return { nowMiB: Math.round(kiB / 1024), peakMiB: Math.round(kiB / 1024) };
  }
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const mib = (name: string) =>
    Math.round(Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024);
  return { nowMiB: mib("VmRSS"), peakMiB: mib("VmHWM") };
}
