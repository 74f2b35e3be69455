/** What the program tells the person who started it: progress and places, on standard output. */
let how: "words" | "json" | "nothing" = "words";

export function say(line: string): void {
  if (how === "words") process.stdout.write(`${line}\n`);
}

/** From now on nothing is said. */
export function beQuiet(): void {
  how = "nothing";
}

/** From now on one line is printed, when the server is ready. */
export function sayJson(): void {
  how = "json";
}

/** Says that the server is ready: in words, or for a program. */
export function sayReady(lines: readonly string[], data: object): void {
  if (how === "json") process.stdout.write(`${JSON.stringify(data)}\n`);
  for (const line of lines) say(line);
}
