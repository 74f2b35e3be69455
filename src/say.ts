/** What the program tells the person who started it: progress and places, on standard output. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
