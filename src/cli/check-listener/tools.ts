/**
 * The developer's own commands and URLs: what makes their system begin a payment, ask for it, give up on it, break and
 * be mended.
 *
 * A command is the developer's own line of shell. What we put into it, and into a URL, is a reference and nothing
 * else, and a reference is letters and digits alone: there is nothing in it that a shell or a URL could obey.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { text } from "node:stream/consumers";
import { readable } from "../../callbacks/call.ts";

export interface Tool {
  /** The option that it came by, for messages. */
  readonly option: string;
  readonly kind: "command" | "url";
  readonly value: string;
}

/** A tool did not do what it is for. The message is a sentence that names its option. */
export class ToolFailed extends Error {}

const limitMs = 30_000;
const outputMax = 64 * 1024;

export const isReference = (word: string): boolean => /^[A-Za-z0-9]{1,32}$/.test(word);

/** The one place where something is put into a developer's command or URL. */
export function filledIn({ option, value }: Tool, reference: string): string {
  if (!isReference(reference))
    throw new ToolFailed(
      `${option}: "${readable(reference)}" is no reference of 1 to 32 letters and digits.`,
    );
  return value.replaceAll("{reference}", reference);
}

/** What a tool is told: as variables of a command's environment, as JSON to a URL. */
export type Facts = Readonly<Record<string, string | null>>;

export interface Answered {
  readonly status: number;
  readonly text: string;
}

/** Has a tool do its work, and returns what it answered. Throws `ToolFailed` for an exit code or status that says no. */
export async function use(tool: Tool, facts: Facts, signal: AbortSignal | null): Promise<string> {
  const reference = facts["reference"] ?? null;
  const line = reference === null ? tool.value : filledIn(tool, reference);
  if (tool.kind === "command") return run(tool, line, facts, signal);
  const { status, text: said } = await ask(tool, "POST", line, facts, signal);
  if (status >= 200 && status < 300) return said;
  throw new ToolFailed(`${tool.option} answered ${status}: ${shortened(said)}`);
}

/** Asks a URL. Throws `ToolFailed` when nobody answers. */
export async function ask(
  { option }: Tool,
  method: "GET" | "POST",
  url: string,
  facts: Facts,
  stop: AbortSignal | null,
): Promise<Answered> {
  const late = AbortSignal.timeout(limitMs);
  try {
    const response = await fetch(url, {
      method,
      redirect: "error",
      headers: { accept: "application/json", "content-type": "application/json" },
      signal: stop === null ? late : AbortSignal.any([late, stop]),
      ...(method === "POST" ? { body: JSON.stringify(facts) } : {}),
    });
    return { status: response.status, text: (await response.text()).slice(0, outputMax) };
  } catch (error) {
    stop?.throwIfAborted();
    const { cause = error } = error as { cause?: unknown };
    const { code, message } = cause as { code?: string; message?: string };
    throw new ToolFailed(
      `${option} did not answer: ${late.aborted ? "no answer within 30 s" : (code ?? message)}.`,
      {
        cause: error,
      },
    );
  }
}

/** Runs a line of shell, and returns what it printed. What it started ends with it. */
export async function run(
  { option }: Tool,
  line: string,
  facts: Facts,
  stop: AbortSignal | null,
): Promise<string> {
  const late = AbortSignal.timeout(limitMs);
  const signal = stop === null ? late : AbortSignal.any([late, stop]);
  signal.throwIfAborted();
  // A group of its own: what the shell has started holds its output open, and must end with it.
  const child = spawn(line, {
    shell: true,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...variables(facts) },
  });
  const end = (): void => endGroup(child);
  signal.addEventListener("abort", end, { once: true });
  const ended = new Promise<string>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, killedBy) => resolve(String(code ?? killedBy)));
  });
  try {
    const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
    stop?.throwIfAborted();
    if (late.aborted) throw new ToolFailed(`${option} took longer than ${limitMs / 1000} s.`);
    if (code === "0") return out.slice(0, outputMax);
    throw new ToolFailed(`${option} ended with ${code}: ${shortened(err === "" ? out : err)}`);
  } finally {
    signal.removeEventListener("abort", end);
  }
}

function endGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  } catch {
    // It has ended meanwhile, or this system knows no groups.
    child.kill("SIGKILL");
  }
}

/** `conversationId` becomes PESARAIL_CONVERSATION_ID. */
function variables(facts: Facts): Record<string, string> {
  const named = Object.entries(facts).map(([name, value]) => {
    const words = name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
    return [`PESARAIL_${words}`, value ?? ""];
  });
  return Object.fromEntries(named) as Record<string, string>;
}

function shortened(said: string): string {
  const line = readable(said).replaceAll(/\s+/g, " ").trim();
  if (line === "") return "it said nothing.";
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}
