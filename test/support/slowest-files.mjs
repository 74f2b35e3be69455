/** A reporter for `node --test` that names the slowest test files at the end, with the time of each file's process. */
const maxFiles = 10;

export default async function* report(events) {
  const seconds = new Map();
  for await (const { type, data } of events) {
    // Each file has a summary; the one without a file is of the whole run.
    if (type !== "test:summary" || data.file === undefined) continue;
    seconds.set(data.file.replace(`${process.cwd()}/`, ""), data.duration_ms / 1000);
  }
  if (seconds.size < 2) return;
  yield "\nThe slowest files:\n";
  const slowest = [...seconds].toSorted(([, a], [, b]) => b - a).slice(0, maxFiles);
  for (const [file, duration] of slowest) yield `${duration.toFixed(1).padStart(7)} s  ${file}\n`;
}
