import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

export interface Memory {
  /** Resident set of the process now, in MiB. */
  readonly nowMiB: number;
  /** Its highest since the process began; where the system does not keep it, the same as now. */
  readonly peakMiB: number;
}

/** What a process holds of the machine's memory, its worker threads included. */
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
