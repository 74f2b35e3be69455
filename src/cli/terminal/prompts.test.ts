/** What is asked for where options leave something out, with a keyboard of the test's. */
import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import { test } from "node:test";
import { createPrompterOn } from "./prompts.ts";
import { Interrupted } from "../context.ts";

/** A terminal whose person presses keys as soon as they see what they wait for. */
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
    // The question is drawn before it listens.
    setImmediate(() => keyboard.write(next.keys));
  });
  return {
    questioner: createPrompterOn(keyboard, screen),
    press: (keys: string, what: string) => void waits.push({ what, keys }),
  };
}

const down = "\x1b[B";
const enter = "\r";

test("one of several is chosen with the arrows, the default with Enter alone", async () => {
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

test("what is wrong is said, and asked again", async () => {
  const { questioner: prompter, press } = fakeTerminal();
  const validate = (text: string) => (/^\d+$/.test(text) ? undefined : `${text} is no number`);
  press(`x${enter}`, "How much?");
  press(`\x7f25${enter}`, "x is no number");
  assert.equal(await prompter.input("How much?", { defaultValue: "1000", validate }), "25");
  press(enter, "How much?");
  assert.equal(await prompter.input("How much?", { defaultValue: "1000", validate }), "1000");
});

test("who presses Ctrl-C has interrupted", async () => {
  const { questioner: prompter, press } = fakeTerminal();
  press("\x03", "How much?");
  await assert.rejects(prompter.input("How much?", { validate: () => undefined }), Interrupted);
});
