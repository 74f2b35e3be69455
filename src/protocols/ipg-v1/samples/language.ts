/** The interface of a sample language, and the rendering that all languages share. */
import { placeholderComment, spellings, type LanguageId, type Spelling } from "../../samples/spellings.ts";
import { renderComment, renderHeader } from "../../samples/text.ts";
import {
  defaultValues,
  listUsedValues,
  type IpgV1SampleCall,
  type IpgV1SampleStep,
  type IpgV1Source,
  type IpgV1ValueName,
} from "./sample-calls.ts";

export interface IpgV1SampleLanguage {
  readonly id: LanguageId;
  /** The name for people. */
  readonly title: string;
  /** What is needed to run a sample; continues "Needs". */
  readonly needs: string;
  fileName(call: IpgV1SampleCall): string;
  /** The command that runs a file. */
  run(path: string): string;
  /** `path` is where the file will be; the comment at its top shows the command that runs it there. */
  render(call: IpgV1SampleCall, path: string): string;
}

/** The lines of a file's header comment, without comment marks. */
export function header(
  call: IpgV1SampleCall,
  language: Omit<IpgV1SampleLanguage, "render">,
  path: string,
): string[] {
  const { needs, run } = language;
  const description = `${call.title} of IPG v1 in Mozambique. ${call.description}`;
  return renderHeader({ description, needs, path, fileName: language.fileName(call), run });
}

export const renderStepComment = ({ comment }: IpgV1SampleStep, commentMark: string): string[] =>
  renderComment(comment, commentMark);

/** Declarations of the values that a call uses. `fromSandbox` declares those that come from `sandbox.json`. */
export function renderDeclarations(
  call: IpgV1SampleCall,
  language: LanguageId,
  fromSandbox: Readonly<Record<"gateway" | "apiKey" | "publicKey", string>>,
): string[] {
  const spelling: Spelling = spellings[language];
  const own = Object.entries(fromSandbox).map(([name, line]) => line + placeholderComment(spelling, name));
  const used = listUsedValues(call).map(
    (name) =>
      spelling.declare(spelling.spell(name), spelling.quote(defaultValues[name] ?? "")) +
      placeholderComment(spelling, name),
  );
  return [...own, ...used];
}

/** How a language writes the value of a parameter. */
export interface IpgV1Expressions {
  readonly quote: (text: string) => string;
  readonly value: (name: IpgV1ValueName) => string;
  readonly newReference: string;
  readonly responseField: (field: string) => string;
}

function toExpression(
  source: IpgV1Source,
  { quote, value, newReference, responseField }: IpgV1Expressions,
): string {
  if ("text" in source) return quote(source.text);
  if ("value" in source) return value(source.value);
  return "field" in source ? responseField(source.field) : newReference;
}

/** The parameters of a step, each as a name and an expression. */
export const toExpressions = (
  { parameters }: IpgV1SampleStep,
  expressions: IpgV1Expressions,
): [string, string][] =>
  Object.entries(parameters).map(([name, source]) => [name, toExpression(source, expressions)]);
