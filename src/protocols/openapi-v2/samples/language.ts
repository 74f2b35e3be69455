/** What a language's file gives to the others, and the few lines that all of them write alike. */
import type { SampleCall, Source, Step } from "./sample-calls.ts";
import { listUsedValues } from "./sample-calls.ts";
import { getFolder, placeholder, sandboxMarker, spellings } from "./values.ts";
import type { LanguageId, Spelling, ValueName } from "./values.ts";

export interface Language {
  readonly id: LanguageId;
  /** What people call it. */
  readonly title: string;
  /** What has to be there to run a sample; goes on after "Needs". */
  readonly needs: string;
  /** What our tests do with its samples: execute them, or only parse them. */
  readonly tested: "executed" | "parsed";
  fileName(call: SampleCall): string;
  /** The command that runs a file. */
  run(path: string): string;
  render(call: SampleCall): string;
}

/** Text in lines of at most this many characters. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const line = lines.at(-1);
    if (line === undefined || line.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines;
}

const commentWidth = 92;

/** The lines of a file's opening comment, without the signs that make it one. */
export function header(call: SampleCall, language: Omit<Language, "render">): string[] {
  const path = `${getFolder(language.id)}/${language.fileName(call)}`;
  const marketNote = call.markets === null ? "" : ` Offered in ${call.markets.join(", ")} alone.`;
  return [
    ...wrap(`${call.title}. ${call.description}${marketNote}`, commentWidth),
    "",
    ...wrap(`Needs ${language.needs}`, commentWidth),
    "",
    ...language
      .run(path)
      .split("\n")
      .map((line) => `  ${line}`),
  ];
}

/** A comment before a step, a line for each. */
export const renderStepComment = ({ comment }: Step, commentMark: string): string[] =>
  comment === null
    ? []
    : wrap(comment, commentWidth - commentMark.length).map((line) => `${commentMark} ${line}`);

/** Declarations of the values that a call uses. `fromSandbox` declares one that `sandbox.json` has. */
export function renderDeclarations(
  call: SampleCall,
  language: LanguageId,
  fromSandbox: Readonly<Record<"gateway" | "apiKey" | "publicKey", string>>,
  omitted: readonly ValueName[] = [],
): string[] {
  const spelling: Spelling = spellings[language];
  const names: ValueName[] = [
    "gateway",
    "environment",
    "market",
    "apiKey",
    "publicKey",
    ...listUsedValues(call),
  ];
  return names
    .filter((name) => !omitted.includes(name))
    .map((name) => {
      const declared =
        name === "gateway" || name === "apiKey" || name === "publicKey"
          ? fromSandbox[name]
          : spelling.declare(spelling.spell(name), spelling.quote(call.defaults[name]));
      return `${declared}${spelling.comment === "#" ? "  " : " "}${spelling.comment} ${placeholder(name)}`;
    });
}

/** Says where the values come from, as long as they are nobody's. */
export const renderSandboxNote = (commentMark: "#" | "//"): string[] => [
  `${commentMark} As it stands, this asks the sandbox on this machine, whose keys are in data/sandbox.json. ${sandboxMarker}`,
  `${commentMark} A line with a name in double braces is one to put your own value in. ${sandboxMarker}`,
];

/** `{{SANDBOX}}` behind each of these lines. */
export const sandboxLines = (commentMark: "#" | "//", lines: readonly string[]): string[] =>
  lines.map((line) => `${line}${commentMark === "#" ? "  " : " "}${commentMark} ${sandboxMarker}`);

/** A parameter's value as an expression of a language. */
export interface Expressions {
  readonly quote: (text: string) => string;
  readonly value: (name: ValueName) => string;
  readonly newReference: string;
  readonly responseField: (step: string, field: string) => string;
}

export function toExpression(
  source: Source,
  { quote, value, newReference, responseField }: Expressions,
): string {
  if ("text" in source) return quote(source.text);
  if ("value" in source) return value(source.value);
  if ("step" in source) return responseField(source.step, source.field);
  return newReference;
}

/** The parameters of a step, each as a name and an expression. */
export const toExpressions = ({ parameters }: Step, expressions: Expressions): [string, string][] =>
  Object.entries(parameters).map(([name, source]) => [name, toExpression(source, expressions)]);

/** `C2bSingleStage`, for languages that call files like classes. */
export const toPascalCase = ({ name }: SampleCall): string =>
  name.replaceAll(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());
