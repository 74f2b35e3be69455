/** The output of a start on standard output: progress and addresses, as text or as JSON. */
let mode: "text" | "json" | "silent" = "text";

export function printStatus(line: string): void {
  if (mode === "text") process.stdout.write(`${line}\n`);
}

/** Turns off all output. */
export function silence(): void {
  mode = "silent";
}

/** Prints only one line of JSON, when the server is ready. */
export function useJson(): void {
  mode = "json";
}

/** Prints that the server is ready, as text or as JSON. */
export function printReady(lines: readonly string[], data: object): void {
  if (mode === "json") process.stdout.write(`${JSON.stringify(data)}\n`);
  for (const line of lines) printStatus(line);
}
