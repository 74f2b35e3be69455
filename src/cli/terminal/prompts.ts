/** Interactive questions. They are printed on standard error, so that results can be piped. */
import type { Readable, Writable } from "node:stream";
import { Interrupted, abortController } from "../context.ts";

export interface Choice<Value extends string> {
  readonly value: Value;
  readonly label: string;
  readonly hint?: string;
}

export interface Prompter {
  select<Value extends string>(
    message: string,
    choices: readonly Choice<Value>[],
    defaultValue: Value,
  ): Promise<Value>;
  /** `validate` returns the error of an invalid value, which is then asked for again. */
  input(
    message: string,
    options: { readonly defaultValue?: string; readonly validate: (text: string) => string | undefined },
  ): Promise<string>;
}

/** Null if there is no terminal to ask on. */
export function createPrompter(): Prompter | null {
  return process.stdin.isTTY && process.stderr.isTTY ? createPrompterOn(process.stdin, process.stderr) : null;
}

export function createPrompterOn(input: Readable, output: Writable): Prompter {
  const streams = { input, output, signal: abortController.signal };
  return {
    async select<Value extends string>(
      message: string,
      choices: readonly Choice<Value>[],
      defaultValue: Value,
    ) {
      const { select, isCancel } = await import("@clack/prompts");
      const options = choices.map((choice) => ({ ...choice }));
      const chosen = await select<string>({ ...streams, message, options, initialValue: defaultValue });
      if (isCancel(chosen)) throw new Interrupted();
      return chosen as Value;
    },
    async input(message, { defaultValue, validate }) {
      const { text, isCancel } = await import("@clack/prompts");
      const defaultOptions = defaultValue === undefined ? {} : { placeholder: defaultValue, defaultValue };
      const written = await text({
        ...streams,
        ...defaultOptions,
        message,
        validate: (value) => validate(value === undefined || value === "" ? (defaultValue ?? "") : value),
      });
      if (isCancel(written)) throw new Interrupted();
      return written;
    },
  };
}
