/** The interface of a sample language, and the rendering that all languages share. */
import { placeholderComment, spellings, type LanguageId, type Spelling } from "../../samples/spellings.ts";
import { renderHeader } from "../../samples/text.ts";
import {
  listUsedValues,
  literalValues,
  sandboxValues,
  type DocumentPart,
  type SoapSampleCall,
} from "./sample-calls.ts";

/** A language, without what it makes of a call. */
export interface SoapSampleLanguageInfo {
  readonly id: LanguageId;
  /** The name for people. */
  readonly title: string;
  /** What is needed to run a sample; continues "Needs". */
  readonly needs: string;
  fileName(call: Pick<SoapSampleCall, "name">): string;
  /** The command that runs a file. */
  run(path: string): string;
}

export interface SoapSampleLanguage extends SoapSampleLanguageInfo {
  /** `path` is where the file will be; the comment at its top shows the command that runs it there. */
  render(call: SoapSampleCall, path: string): string;
}

/** The lines of a file's header comment, without comment marks. */
export const header = (
  call: Pick<SoapSampleCall, "name" | "title" | "description">,
  language: SoapSampleLanguageInfo,
  path: string,
): string[] =>
  renderHeader({
    description: `${call.title}. ${call.description}`,
    needs: language.needs,
    path,
    fileName: language.fileName(call),
    run: language.run,
  });

/** Declarations of the values that a call uses. `fromSandbox` declares one that comes from `sandbox.json`. */
export function renderDeclarations(
  call: SoapSampleCall,
  language: LanguageId,
  fromSandbox: (name: string, spelt: string) => string,
): string[] {
  const spelling: Spelling = spellings[language];
  return listUsedValues(call).map((name) => {
    const spelt = spelling.spell(name);
    const declared =
      name in literalValues
        ? spelling.declare(spelt, spelling.quote(literalValues[name as keyof typeof literalValues]))
        : fromSandbox(sandboxValues[name as keyof typeof sandboxValues], spelt);
    return declared + placeholderComment(spelling, name);
  });
}

/** The lines of the document as expressions of a language, whose parts `operator` joins. */
export function renderLines(
  { lines }: SoapSampleCall,
  language: LanguageId,
  {
    operator,
    conversationId,
    quote = (spellings[language] as Spelling).quote,
  }: {
    readonly operator: string;
    readonly conversationId: string;
    /** Default: that of the language. */
    readonly quote?: (text: string) => string;
  },
): string[] {
  const spelling: Spelling = spellings[language];
  const toExpression = (part: DocumentPart): string => {
    if (typeof part === "string") return quote(part);
    return part.value === "conversationId" ? conversationId : spelling.spell(part.value);
  };
  return lines.map((parts) => parts.map(toExpression).join(` ${operator} `));
}
