/**
 * A page of documentation, as a reader follows it: the files that it has them save, the commands that it has
 * them type, and what it says they will see.
 */
import { readFileSync } from "node:fs";

export type Step =
  | { readonly do: "save"; readonly file: string; readonly text: string }
  | { readonly do: "type"; readonly commands: string }
  | { readonly do: "see"; readonly lines: readonly string[] };

/**
 * The steps of a page, in order.
 *
 * A block after the words "Save this as `name`" is a file, a block of `sh` is typed, and one without a language
 * is seen.
 */
export function parseSteps(page: string): Step[] {
  const text = readFileSync(page, "utf8");
  const steps: Step[] = [];
  let from = 0;
  for (const match of text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)) {
    const [block, language = "", content = ""] = match;
    const file = /Save this as `([^`]+)`[^`]*$/.exec(text.slice(from, match.index))?.[1];
    from = match.index + block.length;
    if (file !== undefined) steps.push({ do: "save", file, text: content });
    else if (language === "sh") steps.push({ do: "type", commands: content });
    else if (language === "")
      steps.push({ do: "see", lines: content.split("\n").filter((line) => line !== "") });
  }
  return steps;
}

/** Whether these words are that line of the page: a word that holds a digit or a path differs from day to day. */
export function matchesLine(line: string, seen: string): boolean {
  const splitWords = (text: string): string[] => text.trim().split(/\s+/);
  const [expectedWords, seenWords] = [splitWords(line), splitWords(seen)];
  return (
    expectedWords.length === seenWords.length &&
    expectedWords.every((word, index) => /\d|\//.test(word) || word === seenWords[index])
  );
}
