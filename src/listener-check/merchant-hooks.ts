/**
 * The merchant's own commands and URLs, which make their system request a payment, query it, give up on it,
 * break or repair something.
 *
 * A command is a shell line of the developer's. Only a reference is inserted into it or into a URL, and a
 * reference consists of letters and digits, so it cannot inject anything.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { text } from "node:stream/consumers";
import { sanitizeText } from "../core/sanitize-text.ts";

export interface Hook {
  /** The option that defined it, for messages. */
  readonly option: string;
  readonly kind: "command" | "url";
  readonly value: string;
}

/** A hook failed. The message is a sentence that names its option. */
export class HookFailed extends Error {}

const timeoutMs = 30_000;
const maxOutputBytes = 64 * 1024;

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
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, {
      method,
      redirect: "error",
      headers: { accept: "application/json", "content-type": "application/json" },
      signal: abortSignal === null ? timeout : AbortSignal.any([timeout, abortSignal]),
      ...(method === "POST" ? { body: JSON.stringify(hookVariables) } : {}),
    });
    return { status: response.status, text: (await response.text()).slice(0, maxOutputBytes) };
  } catch (error) {
    abortSignal?.throwIfAborted();
    const { cause = error } = error as { cause?: unknown };
    const { code, message } = cause as { code?: string; message?: string };
    throw new HookFailed(
      `${option} failed: ${timeout.aborted ? "no response within 30 s" : (code ?? message)}.`,
      {
        cause: error,
      },
    );
  }
}

/** Runs a shell command and returns its output. Processes that it started are killed with it. */
export async function runCommand(
  { option }: Hook,
  line: string,
  hookVariables: HookVariables,
  abortSignal: AbortSignal | null,
): Promise<string> {
  const timeout = AbortSignal.timeout(timeoutMs);
  const signal = abortSignal === null ? timeout : AbortSignal.any([timeout, abortSignal]);
  signal.throwIfAborted();
  // A separate process group, because child processes of the shell keep the output open and must end with it.
  const child = spawn(line, {
    shell: true,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...toEnvironment(hookVariables) },
  });
  const killGroup = (): void => killProcessGroup(child);
  signal.addEventListener("abort", killGroup, { once: true });
  const exitCode = new Promise<string>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, killedBy) => resolve(String(code ?? killedBy)));
  });
  try {
    const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), exitCode]);
    abortSignal?.throwIfAborted();
    if (timeout.aborted) throw new HookFailed(`${option} took longer than ${timeoutMs / 1000} s.`);
    if (code === "0") return out.slice(0, maxOutputBytes);
    throw new HookFailed(`${option} exited with ${code}: ${shorten(err === "" ? out : err)}`);
  } finally {
    signal.removeEventListener("abort", killGroup);
  }
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
