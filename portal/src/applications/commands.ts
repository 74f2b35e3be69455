/** What a page does, as a command and as a call of the control API. Both work on the server's own machine. */

/** `null`: there is no such command. */
export interface EquivalentCode {
  readonly command: string | null;
  readonly curl: string;
}

type Settings = Readonly<Record<string, unknown>>;

/** Quotes a text for a shell, unless it needs no quotes. */
export const quote = (text: string): string =>
  /^[\w./:@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** A command of `pesarail admin application`. */
export const toCommand = (name: string, ...args: readonly string[]): string =>
  ["npx pesarail admin application", name, ...args, "--environment sandbox"].join(" ");

export function toCurl(method: string, path: string, body?: Settings): string {
  const lines = [
    `curl -s -X ${method} "$CONTROL_URL${path}"`,
    '-H "Authorization: Bearer $CONTROL_TOKEN"',
    ...(body === undefined
      ? []
      : ['-H "Content-Type: application/json"', `-d ${quote(JSON.stringify(body))}`]),
  ];
  return lines.join(" \\\n  ");
}

/** No value, or one. */
export const toList = (value: string | undefined): readonly string[] => (value === undefined ? [] : [value]);

/** Options with several values, such as `--trusted-source 192.0.2.1 192.0.2.2`. */
export const toOption = (name: string, values: readonly string[]): string[] =>
  values.length === 0 ? [] : [name, ...values.map(quote)];
