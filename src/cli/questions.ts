/** Questions for the person at the terminal: on standard error, so that answers can be piped while somebody is asked. */
import type { Readable, Writable } from "node:stream";
import { Interrupted, interruption } from "./run.ts";

export interface Choice<Value extends string> {
  readonly value: Value;
  readonly label: string;
  readonly hint?: string;
}

export interface Questioner {
  choose<Value extends string>(
    question: string,
    choices: readonly Choice<Value>[],
    byDefault: Value,
  ): Promise<Value>;
  /** `trouble` says what is wrong with an answer; it is asked again then. */
  write(
    question: string,
    how: { readonly byDefault?: string; readonly trouble: (text: string) => string | undefined },
  ): Promise<string>;
}

/** Somebody to ask, or null: nobody is asked who is not there. */
export function aQuestioner(): Questioner | null {
  return process.stdin.isTTY && process.stderr.isTTY ? questionerAt(process.stdin, process.stderr) : null;
}

export function questionerAt(input: Readable, output: Writable): Questioner {
  const at = { input, output, signal: interruption.signal };
  return {
    async choose<Value extends string>(
      question: string,
      choices: readonly Choice<Value>[],
      byDefault: Value,
    ) {
      const { select, isCancel } = await import("@clack/prompts");
      const options = choices.map((choice) => ({ ...choice }));
      const chosen = await select<string>({ ...at, message: question, options, initialValue: byDefault });
      if (isCancel(chosen)) throw new Interrupted();
      return chosen as Value;
    },
    async write(question, { byDefault, trouble }) {
      const { text, isCancel } = await import("@clack/prompts");
      const defaults = byDefault === undefined ? {} : { placeholder: byDefault, defaultValue: byDefault };
      const written = await text({
        ...at,
        ...defaults,
        message: question,
        validate: (said) => trouble(said === undefined || said === "" ? (byDefault ?? "") : said),
      });
      if (isCancel(written)) throw new Interrupted();
      return written;
    },
  };
}
