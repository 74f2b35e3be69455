/**
 * The merchant's own commands and URLs, which make their system request a payment, query it, give up on it,
 * break or repair something.
 *
 * A command is a shell line of the developer's. Only a reference is inserted into it or into a URL, and a
 * reference consists of letters and digits, so it cannot inject anything.
 */
import { spawn, type ChildProcess } from "node:child_process";
import type { Readable } from "node:stream";
import { msPerSecond } from "../core/clock.ts";
import { sanitizeText } from "../core/sanitize-text.ts";
import { createOutboundClient } from "../outbound/outbound-client.ts";
import { describeFailure, describeIncomplete } from "../callbacks/failure-messages.ts";

export interface Hook {
  /** The option that defined it, for messages. */
  readonly option: string;
  readonly kind: "command" | "url";
  readonly value: string;
}

/** A hook failed. The message is a sentence that names its option. */
export class HookFailed extends Error {}

const timeoutMs = 30 * msPerSecond;
/** For what a command prints; the response of a URL has the limit of every outbound request. */
const maxOutputBytes = 64 * 1024;
/** Commands may log what they do. Only the beginning is kept. */
const maxErrorBytes = 1024 * 1024;

const neverAborted = new AbortController().signal;

export const isReference = (text: string): boolean => /^[A-Za-z0-9]{1,32}$/.test(text);

/** The only function that inserts something into a command or URL. */
export function insertReference({ option, value }: Hook, reference: string): string {
  if (!isReference(reference))
    throw new HookFailed(
      `${option}: "${sanitizeText(reference)}" is not a reference of 1 to 32 letters and digits.`,
    );
  return value.replaceAll("{reference}", reference);
}

/** The data for a hook: environment variables of a command, or the JSON body for a URL. */
export type HookVariables = Readonly<Record<string, string | null>>;

export interface HookResponse {
  readonly status: number;
  readonly text: string;
}

/** Runs a hook and returns its output. Throws `HookFailed` unless the exit code is 0 or the status 2xx. */
export async function runHook(
  hook: Hook,
  hookVariables: HookVariables,
  signal: AbortSignal | null,
): Promise<string> {
  const reference = hookVariables["reference"] ?? null;
  const line = reference === null ? hook.value : insertReference(hook, reference);
  if (hook.kind === "command") return runCommand(hook, line, hookVariables, signal);
  const { status, text: body } = await callUrl(hook, "POST", line, hookVariables, signal);
  if (status >= 200 && status < 300) return body;
  throw new HookFailed(`${hook.option} responded with HTTP ${status}: ${shorten(body)}`);
}

/** Calls a URL. Throws `HookFailed` if there is no response. */
export async function callUrl(
  { option }: Hook,
  method: "GET" | "POST",
  url: string,
  hookVariables: HookVariables,
  abortSignal: AbortSignal | null,
): Promise<HookResponse> {
  const client = createOutboundClient({ timeoutMs });
  try {
    const { status, body, incomplete } = await client.send(
      {
        url,
        method,
        headers: { accept: "application/json", "content-type": "application/json" },
        ...(method === "POST" ? { body: JSON.stringify(hookVariables) } : {}),
      },
      abortSignal ?? neverAborted,
    );
    if (incomplete !== null) throw new HookFailed(`${option}: ${describeIncomplete(incomplete, timeoutMs)}`);
    return { status, text: body.toString("utf8") };
  } catch (error) {
    abortSignal?.throwIfAborted();
    if (error instanceof HookFailed) throw error;
    throw new HookFailed(`${option} failed: ${describeFailure(error, timeoutMs)}`, { cause: error });
  } finally {
    await client.close();
  }
}

/** Runs a shell command and returns its output. Processes that it started are killed with it. */
export async function runCommand(
  { option }: Hook,
  line: string,
  hookVariables: HookVariables,
  abortSignal: AbortSignal | null,
): Promise<string> {
  abortSignal?.throwIfAborted();
  // A separate process group, because child processes of the shell keep the output open and must end with it.
  const child = spawn(line, {
    shell: true,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...toEnvironment(hookVariables) },
  });
  let stopReason: string | null = null;
  const stop = (reason: string): void => {
    stopReason ??= reason;
    killProcessGroup(child);
    // A process that left the group may keep the output open; nothing waits for it.
    child.stdout.destroy();
    child.stderr.destroy();
  };
  const onAbort = (): void => stop("was interrupted.");
  abortSignal?.addEventListener("abort", onAbort, { once: true });
  const timer = setTimeout(() => stop(`took longer than ${timeoutMs / msPerSecond} s.`), timeoutMs);
  const stopAtLimit = (): void =>
    stop("printed too much: at most 64 KB of output and 1 MB of errors are read.");
  const exitCode = new Promise<string>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, killedBy) => resolve(String(code ?? killedBy)));
  });
  try {
    const [out, err, code] = await Promise.all([
      readOutput(child.stdout, maxOutputBytes, stopAtLimit),
      readOutput(child.stderr, maxErrorBytes, stopAtLimit),
      exitCode,
    ]);
    abortSignal?.throwIfAborted();
    if (stopReason !== null) throw new HookFailed(`${option} ${stopReason as string}`);
    if (code === "0") return out;
    throw new HookFailed(`${option} exited with ${code}: ${shorten(err === "" ? out : err)}`);
  } finally {
    clearTimeout(timer);
    abortSignal?.removeEventListener("abort", onAbort);
  }
}

/** Reads until the stream is closed. Calls `onLimit` at the limit, and keeps at most 64 KB. */
async function readOutput(stream: Readable, limit: number, onLimit: () => void): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  stream.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= maxOutputBytes) chunks.push(chunk);
    if (bytes > limit) onLimit();
  });
  await new Promise<void>((resolve) => stream.once("close", resolve));
  return Buffer.concat(chunks).toString("utf8");
}

function killProcessGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  } catch {
    // The process has ended already, or the platform has no process groups.
    child.kill("SIGKILL");
  }
}

/** `conversationId` becomes PESARAIL_CONVERSATION_ID. */
function toEnvironment(hookVariables: HookVariables): Record<string, string> {
  const named = Object.entries(hookVariables).map(([name, value]) => {
    const words = name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
    return [`PESARAIL_${words}`, value ?? ""];
  });
  return Object.fromEntries(named) as Record<string, string>;
}

function shorten(text: string): string {
  const line = sanitizeText(text).replaceAll(/\s+/g, " ").trim();
  if (line === "") return "no output.";
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}
