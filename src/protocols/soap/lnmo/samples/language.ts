/** The interface of a language of the checkout's samples, and the rendering that all languages share. */
import { placeholderComment, spellings, type Spelling } from "../../../samples/spellings.ts";
import type { SoapSampleLanguageInfo } from "../../samples/language.ts";
import { queryStatus } from "../query-status.ts";
import {
  declaredValues,
  type LnmoSampleCall,
  type LnmoSampleField,
  type LnmoSampleStep,
} from "./sample-calls.ts";

export interface LnmoSampleLanguage extends SoapSampleLanguageInfo {
  /** `path` is where the file will be; the comment at its top shows the command that runs it there. */
  render(call: LnmoSampleCall, path: string): string;
}

type LanguageId = SoapSampleLanguageInfo["id"];

/** Declarations of the values. `fromSandbox` declares one that comes from a path of the section in `sandbox.json`. */
export function renderDeclarations(
  language: LanguageId,
  fromSandbox: (path: readonly string[], spelt: string) => string,
): string[] {
  const spelling: Spelling = spellings[language];
  return Object.entries(declaredValues).map(([name, value]) => {
    const spelt = spelling.spell(name);
    const declared =
      "literal" in value
        ? spelling.declare(spelt, spelling.quote(value.literal))
        : fromSandbox(value.sandboxPath, spelt);
    return declared + placeholderComment(spelling, name);
  });
}

/** The fields of a step as names and expressions. `ownValues` spells those that a run makes. */
export function listFields(
  { fields }: LnmoSampleStep,
  language: LanguageId,
  ownValues: Readonly<Record<"transactionId" | "trxId", string>>,
): [name: string, expression: string][] {
  const spelling: Spelling = spellings[language];
  const toExpression = (field: LnmoSampleField): string => {
    if (typeof field === "string") return spelling.quote(field);
    const { value } = field;
    return value === "transactionId" || value === "trxId" ? ownValues[value] : spelling.spell(value);
  };
  return Object.entries(fields).map(([name, field]) => [name, toExpression(field)]);
}

/** The answer of a step that the sample uses: the checkout, which later steps name, or the status, which it prints. */
export function findUsedAnswer(
  { steps }: LnmoSampleCall,
  step: LnmoSampleStep,
): "checkout" | "status" | null {
  if (step.operation === queryStatus) return "status";
  return step === steps[0] && steps.length > 1 ? "checkout" : null;
}
