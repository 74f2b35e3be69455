/**
 * The developer's own commands and URLs: what makes their system begin a payment, ask for it, give up on it, break and
 * be mended.
 *
 * A command is the developer's own line of shell. What we put into it, and into a URL, is a reference and nothing
 * else, and a reference is letters and digits alone: there is nothing in it that a shell or a URL could obey.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { text } from "node:stream/consumers";
import { sanitizeText } from "../callbacks/webhook-client.ts";

export interface Hook {
  /** The option that it came by, for messages. */
  readonly option: string;
  readonly kind: "command" | "url";
  readonly value: string;
}

/** A tool did not do what it is for. The message is a sentence that names its option. */
export class HookFailed extends Error {}

const timeoutMs = 30_000;
const maxOutputBytes = 64 * 1024;

export const isReference = (text: string): boolean => /^[A-Za-z0-9]{1,32}$/.test(text);

/** The one place where something is put into a developer's command or URL. */
export function insertReference({ option, value }: Hook, reference: string): string {
  if (!isReference(reference))
    throw new HookFailed(
      `${option}: "${sanitizeText(reference)}" is no reference of 1 to 32 letters and digits.`,
    );
  return value.replaceAll("{reference}", reference);
}

/** What a tool is told: as variables of a command's environment, as JSON to a URL. */
export type HookVariables = Readonly<Record<string, string | null>>;

export interface HookResponse {
  readonly status: number;
  readonly text: string;
}

/** Has a tool do its work, and returns what it answered. Throws `ToolFailed` for an exit code or status that says no. */
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
  throw new HookFailed(`${hook.option} answered ${status}: ${shorten(body)}`);
}

/** Asks a URL. Throws `ToolFailed` when nobody answers. */
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
      `${option} did not answer: ${timeout.aborted ? "no answer within 30 s" : (code ?? message)}.`,
      {
        cause: error,
      },
    );
  }
}

/** Runs a line of shell, and returns what it printed. What it started ends with it. */
export async function runCommand(
  { option }: Hook,
  line: string,
  hookVariables: HookVariables,
  abortSignal: AbortSignal | null,
): Promise<string> {
  const timeout = AbortSignal.timeout(timeoutMs);
  const signal = abortSignal === null ? timeout : AbortSignal.any([timeout, abortSignal]);
  signal.throwIfAborted();
  // A group of its own: what the shell has started holds its output open, and must end with it.
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
    throw new HookFailed(`${option} ended with ${code}: ${shorten(err === "" ? out : err)}`);
  } finally {
    signal.removeEventListener("abort", killGroup);
  }
}

function killProcessGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  } catch {
    // It has ended meanwhile, or this system knows no groups.
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
  if (line === "") return "it said nothing.";
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}
