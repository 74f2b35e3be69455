/** HTML from a template. Interpolated strings are escaped, `Html` values are not. */
export interface Html {
  readonly text: string;
}

export const raw = (text: string): Html => ({ text });

export function html(
  strings: TemplateStringsArray,
  ...values: readonly (string | Html | readonly Html[])[]
): Html {
  return raw(strings.reduce((text, next, index) => text + toText(values[index - 1] ?? "") + next));
}

function toText(value: string | Html | readonly Html[]): string {
  if (typeof value === "string") return escape(value);
  return "text" in value ? value.text : value.map(({ text }) => text).join("");
}

const escape = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
