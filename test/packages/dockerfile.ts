/** A Dockerfile as a list of steps, for tests that run the steps without a container engine. */
import { readFileSync } from "node:fs";

export interface DockerfileStep {
  /** `COPY`, `RUN`, … */
  readonly instruction: string;
  readonly rest: string;
}

/** The stages, each with its steps. Lines that end in a backslash are joined; comments are dropped. */
export function readDockerfile(file: string): DockerfileStep[][] {
  const text = readFileSync(file, "utf8")
    .replace(/^#.*\n/gm, "")
    .replace(/\\\n/g, " ");
  const stages: DockerfileStep[][] = [];
  for (const line of text.split("\n")) {
    const [, instruction, rest] = /^([A-Z]+)\s+(.*)$/.exec(line.trim()) ?? [];
    if (instruction === undefined || rest === undefined) continue;
    if (instruction === "FROM") stages.push([]);
    stages.at(-1)?.push({ instruction, rest });
  }
  return stages;
}

/** The arguments of an instruction that occurs exactly once in a stage. */
export function getOnly(stage: readonly DockerfileStep[], instruction: string): string {
  const matches = stage.filter((step) => step.instruction === instruction);
  if (matches.length !== 1) throw new Error(`${matches.length} times ${instruction}`);
  return matches[0]?.rest ?? "";
}

export const getAll = (stage: readonly DockerfileStep[], instruction: string): string[] =>
  stage.filter((step) => step.instruction === instruction).map(({ rest }) => rest);

/** The environment variables that a stage sets. */
export const readEnvironment = (stage: readonly DockerfileStep[]): Record<string, string> =>
  Object.fromEntries(getAll(stage, "ENV").map((text) => text.split("=", 2) as [string, string]));

/** The arguments of an instruction in its JSON form. */
export const parseJsonForm = (text: string): string[] =>
  JSON.parse(text.slice(text.indexOf("["))) as string[];

/** Whether `.dockerignore` includes a path: the last matching line decides. */
export function isIncluded(path: string, ignoreFile: string): boolean {
  let included = true;
  for (const line of readFileSync(ignoreFile, "utf8").split("\n")) {
    const pattern = line.replace(/^!/, "").trim();
    if (pattern === "" || pattern.startsWith("#")) continue;
    const matchesPattern =
      pattern === "*" || path === pattern || path.startsWith(`${pattern}/`) || matchesSuffix(path, pattern);
    if (matchesPattern) included = line.startsWith("!");
  }
  return included;
}

const matchesSuffix = (path: string, pattern: string): boolean =>
  pattern.startsWith("**/*") && path.endsWith(pattern.slice("**/*".length));
