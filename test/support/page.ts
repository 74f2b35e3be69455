/** A page of documentation as a list of steps: files to save, commands to run, and output to expect. */
import { readFileSync } from "node:fs";

export type Step =
  | { readonly do: "save"; readonly file: string; readonly text: string }
  | { readonly do: "type"; readonly commands: string }
  | { readonly do: "see"; readonly lines: readonly string[] };

/**
 * Parses the steps of a page, in order.
 *
 * A block after the words "Save this as `name`" is a file, a block of `sh` is a command, and one without a language
 * is expected output.
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

/** Whether an output line matches a line of the page. Words with a digit or a slash may differ. */
export function matchesLine(line: string, seen: string): boolean {
  const splitWords = (text: string): string[] => text.trim().split(/\s+/);
  const [expectedWords, seenWords] = [splitWords(line), splitWords(seen)];
  return (
    expectedWords.length === seenWords.length &&
    expectedWords.every((word, index) => /\d|\//.test(word) || word === seenWords[index])
  );
}
