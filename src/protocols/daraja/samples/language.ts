/** The interface of a sample language, and the rendering that all languages share. */
import { placeholderComment, spellings, type LanguageId, type Spelling } from "../../samples/spellings.ts";
import { renderComment, renderHeader } from "../../samples/text.ts";
import {
  listUsedValues,
  literalValues,
  type DarajaSampleCall,
  type DarajaSampleStep,
  type BodySource,
  type Tree,
} from "./sample-calls.ts";
import type { sandboxValues, DarajaValueName } from "./sample-calls.ts";

export interface DarajaSampleLanguage {
  readonly id: LanguageId;
  /** The name for people. */
  readonly title: string;
  /** What is needed to run a sample; continues "Needs". */
  readonly needs: string;
  /** Whether the tests execute the samples or only parse them. */
  readonly tested: "executed" | "parsed";
  fileName(call: DarajaSampleCall): string;
  /** The command that runs a file. */
  run(path: string): string;
  /** `path` is where the file will be; the comment at its top shows the command that runs it there. */
  render(call: DarajaSampleCall, path: string): string;
}

/** The lines of a file's header comment, without comment marks. */
export const header = (
  call: DarajaSampleCall,
  language: Omit<DarajaSampleLanguage, "render">,
  path: string,
): string[] =>
  renderHeader({
    description: `${call.title}. ${call.description}`,
    needs: language.needs,
    path,
    fileName: language.fileName(call),
    run: language.run,
  });

export const renderStepComment = ({ comment }: DarajaSampleStep, commentMark: string): string[] =>
  renderComment(comment, commentMark);

/** Declarations of the values that a call uses. `fromSandbox` declares one that comes from `sandbox.json`. */
export function renderDeclarations(
  call: DarajaSampleCall,
  language: LanguageId,
  fromSandbox: (name: keyof typeof sandboxValues, spelt: string) => string,
  isUsed: (spelt: string) => boolean = () => true,
): string[] {
  const spelling: Spelling = spellings[language];
  return listUsedValues(call).flatMap((name) => {
    const spelt = spelling.spell(name);
    if (!isUsed(spelt)) return [];
    const declared = isLiteral(name)
      ? spelling.declare(spelt, spelling.quote(literalValues[name]))
      : fromSandbox(name, spelt);
    return [declared + placeholderComment(spelling, name)];
  });
}

const isLiteral = (name: DarajaValueName): name is keyof typeof literalValues =>
  Object.hasOwn(literalValues, name);

/** How a language writes a value of a request. */
export interface BodyExpressions {
  readonly json: (value: unknown) => string;
  readonly value: (name: DarajaValueName) => string;
  readonly newReference: () => string;
  readonly timestamp: () => string;
  readonly password: () => string;
  readonly responseField: (step: string, field: string) => string;
}

export function toExpression(source: BodySource, expressions: BodyExpressions): string {
  if ("json" in source) return expressions.json(source.json);
  if ("value" in source) return expressions.value(source.value);
  if ("step" in source) return expressions.responseField(source.step, source.field);
  if ("stk" in source) return source.stk === "timestamp" ? expressions.timestamp() : expressions.password();
  return expressions.newReference();
}

/** How a language writes objects and lists. */
export interface TreeSyntax {
  readonly object: readonly [open: string, close: string];
  readonly list: readonly [open: string, close: string];
  readonly entry: (name: string, value: string) => string;
  /** Whether the last entry has a comma, too. */
  readonly trailingComma: boolean;
  readonly indent: string;
}

/** The lines of a request's body. The first and the last have no indent. */
export function renderTree(tree: Tree, syntax: TreeSyntax, expressions: BodyExpressions): string[] {
  if (!("object" in tree) && !("list" in tree)) return [toExpression(tree, expressions)];
  const [open, close] = "object" in tree ? syntax.object : syntax.list;
  const parts =
    "object" in tree
      ? Object.entries(tree.object).map(([name, value]) => {
          const [first = "", ...rest] = renderTree(value, syntax, expressions);
          return [syntax.entry(name, first), ...rest];
        })
      : tree.list.map((value) => renderTree(value, syntax, expressions));
  const lines = parts.flatMap((part, index) => {
    const hasComma = syntax.trailingComma || index < parts.length - 1;
    const last = part.length - 1;
    return part.map((line, at) => `${syntax.indent}${line}${at === last && hasComma ? "," : ""}`);
  });
  return [open, ...lines, close];
}
