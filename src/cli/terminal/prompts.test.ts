/** Interactive questions, with a simulated keyboard. */
import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import { test } from "node:test";
import { createPrompterOn } from "./prompts.ts";
import { Interrupted } from "../context.ts";

/** A terminal that presses keys as soon as an expected text is printed. */
function fakeTerminal() {
  const keyboard = new PassThrough();
  const screen = new PassThrough();
  let seen = "";
  const waits: { what: string; keys: string }[] = [];
  screen.on("data", (chunk: Buffer) => {
    seen += stripVTControlCharacters(chunk.toString());
    const [next] = waits;
    if (next === undefined || !seen.includes(next.what)) return;
    waits.shift();
    seen = "";
    // The prompt is printed before it listens for keys.
    setImmediate(() => keyboard.write(next.keys));
  });
  return {
    questioner: createPrompterOn(keyboard, screen),
    press: (keys: string, what: string) => void waits.push({ what, keys }),
  };
}

const down = "\x1b[B";
const enter = "\r";

test("a choice is made with the arrow keys, or Enter selects the default", async () => {
  const { questioner: prompter, press } = fakeTerminal();
  const choices = [
    { value: "a", label: "first" },
    { value: "b", label: "second" },
  ] as const;
  press(down + enter, "first");
  assert.equal(await prompter.select("Which?", choices, "a"), "b");
  press(enter, "first");
  assert.equal(await prompter.select("Which?", choices, "b"), "b");
});

test("an invalid value is reported and asked for again", async () => {
  const { questioner: prompter, press } = fakeTerminal();
  const validate = (text: string) => (/^\d+$/.test(text) ? undefined : `${text} is not a number`);
  press(`x${enter}`, "How much?");
  press(`\x7f25${enter}`, "x is not a number");
  assert.equal(await prompter.input("How much?", { defaultValue: "1000", validate }), "25");
  press(enter, "How much?");
  assert.equal(await prompter.input("How much?", { defaultValue: "1000", validate }), "1000");
});

test("Ctrl-C interrupts", async () => {
  const { questioner: prompter, press } = fakeTerminal();
  press("\x03", "How much?");
  await assert.rejects(prompter.input("How much?", { validate: () => undefined }), Interrupted);
});
