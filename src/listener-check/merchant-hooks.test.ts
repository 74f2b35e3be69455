/** Merchant hooks: how references are inserted into commands and URLs, and which are refused. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { insertReference, HookFailed, runHook, type Hook } from "./merchant-hooks.ts";

const command = (value: string): Hook => ({ option: "--begin-command", kind: "command", value });
const { signal } = new AbortController();

test("only letters and digits are inserted into a command or URL", () => {
  const hook = command("show '{reference}' {reference}");
  assert.equal(insertReference(hook, "check5f3a"), "show 'check5f3a' check5f3a");
  for (const evil of ["", "a b", "a;b", "$(id)", "a'b", "../a", "a%2f", "a\nb", "é", "a".repeat(33)])
    assert.throws(() => insertReference(hook, evil), HookFailed, evil);
});

test("a command receives the payment in its environment", async () => {
  const variables = { reference: "r1", conversationId: null, amount: "10.00" };
  const output = await runHook(
    command('echo "$PESARAIL_REFERENCE|$PESARAIL_CONVERSATION_ID|$PESARAIL_AMOUNT|{reference}"'),
    variables,
    signal,
  );
  assert.equal(output.trim(), "r1||10.00|r1");
});

test("the output of a failing command is reported without control characters", async () => {
  await assert.rejects(
    runHook(command("printf 'no \\033[31mdatabase' >&2; exit 4"), {}, signal),
    (error: Error) => {
      assert(error instanceof HookFailed);
      assert.equal(error.message, "--begin-command exited with 4: no \ufffd[31mdatabase");
      return true;
    },
  );
});

test("an interruption ends the processes that a command started, without waiting", async () => {
  const stop = new AbortController();
  const startedAt = performance.now();
  const running = runHook(command("sleep 30 | sleep 30"), {}, stop.signal);
  setTimeout(() => stop.abort(), 50);
  await assert.rejects(running, { name: "AbortError" });
  assert(performance.now() - startedAt < 5000);
});

test("a command that prints without end is stopped at a limit, with all its processes", async () => {
  for (const line of ["yes", "yes | cat", "yes >&2", "yes & sleep 30"])
    await assert.rejects(
      runHook({ option: "--state-command", kind: "command", value: line }, {}, signal),
      (error: Error) => {
        assert(error instanceof HookFailed);
        assert.equal(
          error.message,
          "--state-command printed too much: at most 64 KB of output and 1 MB of errors are read.",
        );
        return true;
      },
    );
});

test("a command may log more than is kept", async () => {
  const line = "head -c 200000 /dev/zero | tr '\\0' x >&2; echo ok";
  assert.equal((await runHook(command(line), {}, signal)).trim(), "ok");
});

test("a URL that responds without end fails with the reason", async () => {
  const server = createServer((_request, response) => {
    const timer = setInterval(() => response.write("x".repeat(10_000)), 1);
    response.once("close", () => clearInterval(timer));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const hook: Hook = { option: "--state-url", kind: "url", value: `http://127.0.0.1:${port}/` };
  await assert.rejects(runHook(hook, {}, signal), {
    message: "--state-url: The response is longer than 64 KB.",
  });
  server.close();
  await once(server, "close");
});
