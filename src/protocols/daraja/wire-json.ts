/** JSON as Daraja writes it: with the order of the keys, and with numbers such as 1.00. */

/** A number as its text, because a JavaScript number loses the zeros of 1.00. */
export class WireNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type WireValue = string | number | boolean | null | WireNumber | readonly WireValue[] | WireObject;

/** Keys are written in their order; a key without a value is left out. */
export interface WireObject {
  readonly [name: string]: WireValue | undefined;
}

const isList = (value: WireValue): value is readonly WireValue[] => Array.isArray(value);

export function toJson(value: WireValue): string {
  if (value instanceof WireNumber) return value.text;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (isList(value)) return `[${value.map(toJson).join(",")}]`;
  const members: string[] = [];
  for (const [name, member] of Object.entries(value))
    if (member !== undefined) members.push(`${JSON.stringify(name)}:${toJson(member)}`);
  return `{${members.join(",")}}`;
}
