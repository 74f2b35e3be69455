/** A Dockerfile as its steps, for tests that do what it does without a container engine. */
import { readFileSync } from "node:fs";

export interface Step {
  /** `COPY`, `RUN`, … */
  readonly does: string;
  readonly rest: string;
}

/** Its stages, each with its steps. Lines that end in a backslash go on; comments are left out. */
export function readDockerfile(file: string): Step[][] {
  const text = readFileSync(file, "utf8")
    .replace(/^#.*\n/gm, "")
    .replace(/\\\n/g, " ");
  const stages: Step[][] = [];
  for (const line of text.split("\n")) {
    const [, does, rest] = /^([A-Z]+)\s+(.*)$/.exec(line.trim()) ?? [];
    if (does === undefined || rest === undefined) continue;
    if (does === "FROM") stages.push([]);
    stages.at(-1)?.push({ does, rest });
  }
  return stages;
}

/** What stands after an instruction that a stage has once. */
export function only(stage: readonly Step[], does: string): string {
  const found = stage.filter((step) => step.does === does);
  if (found.length !== 1) throw new Error(`${found.length} times ${does}`);
  return found[0]?.rest ?? "";
}

export const all = (stage: readonly Step[], does: string): string[] =>
  stage.filter((step) => step.does === does).map(({ rest }) => rest);

/** The environment that a stage sets. */
export const environmentOf = (stage: readonly Step[]): Record<string, string> =>
  Object.fromEntries(all(stage, "ENV").map((text) => text.split("=", 2) as [string, string]));

/** The words of an instruction in its JSON form. */
export const words = (text: string): string[] => JSON.parse(text.slice(text.indexOf("["))) as string[];

/** Whether `.dockerignore` lets a path in: the last line that fits decides. */
export function isLetIn(path: string, ignoreFile: string): boolean {
  let letIn = true;
  for (const line of readFileSync(ignoreFile, "utf8").split("\n")) {
    const pattern = line.replace(/^!/, "").trim();
    if (pattern === "" || pattern.startsWith("#")) continue;
    const fits =
      pattern === "*" || path === pattern || path.startsWith(`${pattern}/`) || fitsSuffix(path, pattern);
    if (fits) letIn = line.startsWith("!");
  }
  return letIn;
}

const fitsSuffix = (path: string, pattern: string): boolean =>
  pattern.startsWith("**/*") && path.endsWith(pattern.slice("**/*".length));
