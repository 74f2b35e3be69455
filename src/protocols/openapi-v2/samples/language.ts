/** The interface of a sample language, and the rendering that all languages share. */
import type { SampleCall, Source, SampleStep } from "./sample-calls.ts";
import { listUsedValues } from "./sample-calls.ts";
import { placeholderComment, spellings, type LanguageId, type Spelling } from "../../samples/spellings.ts";
import { renderComment, renderHeader } from "../../samples/text.ts";
import type { ValueName } from "./values.ts";

export interface SampleLanguage {
  readonly id: LanguageId;
  /** The name for people. */
  readonly title: string;
  /** What is needed to run a sample; continues "Needs". */
  readonly needs: string;
  /** Whether the tests execute the samples or only parse them. */
  readonly tested: "executed" | "parsed";
  fileName(call: SampleCall): string;
  /** The command that runs a file. */
  run(path: string): string;
  /** `path` is where the file will be; the comment at its top shows the command that runs it there. */
  render(call: SampleCall, path: string): string;
}

/** The lines of a file's header comment, without comment marks. */
export function header(call: SampleCall, language: Omit<SampleLanguage, "render">, path: string): string[] {
  const marketNote = call.markets === null ? "" : ` Available only in ${call.markets.join(", ")}.`;
  const description = `${call.title}. ${call.description}${marketNote}`;
  const { needs, run } = language;
  return renderHeader({ description, needs, path, fileName: language.fileName(call), run });
}

/** The lines of the comment before a step. */
export const renderStepComment = ({ comment }: SampleStep, commentMark: string): string[] =>
  renderComment(comment, commentMark);

/** Declarations of the values that a call uses. `fromSandbox` declares those that come from `sandbox.json`. */
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
      return declared + placeholderComment(spelling, name);
    });
}

/** How a language writes the value of a parameter. */
export interface Expressions {
  readonly quote: (text: string) => string;
  readonly value: (name: ValueName) => string;
  readonly newReference: string;
  /** The variable that `renderSteps` declares. */
  readonly mandateReference: string;
  readonly responseField: (step: string, field: string) => string;
}

export function toExpression(
  source: Source,
  { quote, value, newReference, mandateReference, responseField }: Expressions,
): string {
  if ("text" in source) return quote(source.text);
  if ("value" in source) return value(source.value);
  if ("step" in source) return responseField(source.step, source.field);
  return "mandateReference" in source ? mandateReference : newReference;
}

/** All steps, after the declaration of the mandate's reference if they use it. */
export function renderSteps(
  { steps }: SampleCall,
  renderStep: (step: SampleStep, index: number, steps: readonly SampleStep[]) => string,
  declaration: string,
): string {
  const sources = steps.flatMap(({ parameters }) => Object.values(parameters));
  const isUsed = sources.some((source) => "mandateReference" in source);
  return `${isUsed ? `\n${declaration}\n` : ""}${steps.map(renderStep).join("")}`;
}

/** The parameters of a step, each as a name and an expression. */
export const toExpressions = ({ parameters }: SampleStep, expressions: Expressions): [string, string][] =>
  Object.entries(parameters).map(([name, source]) => [name, toExpression(source, expressions)]);
