/** Prints a command's result. */
import { formatJson } from "./table.ts";

/** Prints `data` as JSON with `--json`, and the text otherwise. */
export function printResult(options: { readonly json?: true }, data: unknown, text: string): void {
  process.stdout.write(`${options.json === true ? formatJson(data) : text}\n`);
}
