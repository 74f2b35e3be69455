/**
 * Limits the size of PostgreSQL's log.
 *
 * PostgreSQL's own rotation either keeps every file or rotates by time instead of size. This keeps the current file and
 * one older copy.
 */
import { copyFileSync, existsSync, statSync, truncateSync } from "node:fs";

const maxBytes = 10 * 1024 * 1024;
const pollIntervalMs = 60_000;

/** Keeps the file below `maxBytes`, with one older copy, until the returned timer is cleared. */
export function rotateLog(file: string): NodeJS.Timeout {
  trimLog(file);
  return setInterval(trimLog, pollIntervalMs, file).unref();
}

/**
 * Copies and then truncates the file, because PostgreSQL keeps it open in append mode. Lines that are written between
 * the two calls are lost.
 */
export function trimLog(file: string): void {
  if (!existsSync(file) || statSync(file).size <= maxBytes) return;
  copyFileSync(file, `${file}.1`);
  truncateSync(file);
}
