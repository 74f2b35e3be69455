/**
 * PostgreSQL's log, kept from filling the disk.
 *
 * PostgreSQL's own rotation keeps every file it begins, or cuts by time and not by size. We hold on to one
 * file and the one before it.
 */
import { copyFileSync, existsSync, statSync, truncateSync } from "node:fs";

const maxBytes = 10 * 1024 * 1024;
const pollIntervalMs = 60_000;

/** Keeps the file within `bytesMax`, beside one older copy, until the returned timer is cleared. */
export function rotateLog(file: string): NodeJS.Timeout {
  trimLog(file);
  return setInterval(trimLog, pollIntervalMs, file).unref();
}

/**
 * Copies and then empties the file, since PostgreSQL keeps it open. It writes at the end, wherever that is,
 * so it goes on at the beginning; the lines written between the two calls are lost.
 */
export function trimLog(file: string): void {
  if (!existsSync(file) || statSync(file).size <= maxBytes) return;
  copyFileSync(file, `${file}.1`);
  truncateSync(file);
}
