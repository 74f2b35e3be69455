/** What the program tells the person who started it: progress and places, on standard output. */
let mode: "words" | "json" | "nothing" = "words";

export function printStatus(line: string): void {
  if (mode === "words") process.stdout.write(`${line}\n`);
}

/** From now on nothing is said. */
export function silence(): void {
  mode = "nothing";
}

/** From now on one line is printed, when the server is ready. */
export function useJson(): void {
  mode = "json";
}

/** Says that the server is ready: in words, or for a program. */
export function printReady(lines: readonly string[], data: object): void {
  if (mode === "json") process.stdout.write(`${JSON.stringify(data)}\n`);
  for (const line of lines) printStatus(line);
}
