/** Runs the server in this process until it stops. Apart from `start`'s options, which `src/main.ts` itself parses. */
export async function runServer(args: readonly string[]): Promise<typeof process.exitCode> {
  process.argv.splice(2, process.argv.length, ...args);
  await import("../main.ts");
  return process.exitCode;
}
