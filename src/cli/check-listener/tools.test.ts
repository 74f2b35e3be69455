/** The developer's own commands: what is put into them, and what may not be. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { filledIn, ToolFailed, use, type Tool } from "./tools.ts";

const command = (value: string): Tool => ({ option: "--begin-command", kind: "command", value });
const { signal } = new AbortController();

test("what is put into a command or a URL is letters and digits, whoever chose it", () => {
  const tool = command("show '{reference}' {reference}");
  assert.equal(filledIn(tool, "check5f3a"), "show 'check5f3a' check5f3a");
  for (const evil of ["", "a b", "a;b", "$(id)", "a'b", "../a", "a%2f", "a\nb", "é", "a".repeat(33)])
    assert.throws(() => filledIn(tool, evil), ToolFailed, evil);
});

test("a command learns of the payment by its environment", async () => {
  const facts = { reference: "r1", conversationId: null, amount: "10.00" };
  const said = await use(
    command('echo "$PESARAIL_REFERENCE|$PESARAIL_CONVERSATION_ID|$PESARAIL_AMOUNT|{reference}"'),
    facts,
    signal,
  );
  assert.equal(said.trim(), "r1||10.00|r1");
});

test("a command that fails says what it said, without what a terminal would obey", async () => {
  await assert.rejects(
    use(command("printf 'no \\033[31mdatabase' >&2; exit 4"), {}, signal),
    (error: Error) => {
      assert(error instanceof ToolFailed);
      assert.equal(error.message, "--begin-command ended with 4: no \ufffd[31mdatabase");
      return true;
    },
  );
});

test("an interruption ends what a command has started, and does not wait for it", async () => {
  const stop = new AbortController();
  const startedAt = performance.now();
  const running = use(command("sleep 30 | sleep 30"), {}, stop.signal);
  setTimeout(() => stop.abort(), 50);
  await assert.rejects(running, { name: "AbortError" });
  assert(performance.now() - startedAt < 5000);
});
