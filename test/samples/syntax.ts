/** Grammars of the samples' languages, to check the syntax where no interpreter is installed. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type * as treeSitter from "@vscode/tree-sitter-wasm";
import type { LanguageId } from "../../src/protocols/samples/spellings.ts";

const require = createRequire(import.meta.url);
const { Parser, Language } = require("@vscode/tree-sitter-wasm") as typeof treeSitter;

const grammars: Readonly<Record<LanguageId, string>> = {
  curl: "bash",
  "typescript-sdk": "typescript",
  typescript: "typescript",
  python: "python",
  php: "php",
  java: "java",
  csharp: "c-sharp",
};

const parsers = new Map<string, treeSitter.Parser>();

async function getParser(language: LanguageId): Promise<treeSitter.Parser> {
  const grammar = grammars[language];
  const known = parsers.get(grammar);
  if (known !== undefined) return known;
  await Parser.init();
  const file = require.resolve(`@vscode/tree-sitter-wasm/wasm/tree-sitter-${grammar}.wasm`);
  const parser = new Parser();
  parser.setLanguage(await Language.load(readFileSync(file)));
  parsers.set(grammar, parser);
  return parser;
}

/** Every syntax error of a text: `12: missing ;`. */
export async function findSyntaxErrors(language: LanguageId, text: string): Promise<string[]> {
  const errors: string[] = [];
  const visit = (node: treeSitter.Node): void => {
    const line = node.startPosition.row + 1;
    if (node.isMissing) errors.push(`${line}: missing ${node.type}`);
    else if (node.isError) errors.push(`${line}: ${node.text.slice(0, 60)}`);
    else if (node.hasError) for (const child of node.children) if (child !== null) visit(child);
  };
  await visitTree(language, text, visit);
  return errors;
}

/** The source of every string literal of a text, quotes included. */
export async function listLiterals(language: LanguageId, text: string): Promise<string[]> {
  const sources: string[] = [];
  const visit = (node: treeSitter.Node): void => {
    if (/^(?:encapsed_)?string(?:_literal)?$|^raw_string$/.test(node.type)) sources.push(node.text);
    for (const child of node.children) if (child !== null) visit(child);
  };
  await visitTree(language, text, visit);
  return sources;
}

/** Parses a text and calls `visit` with the root of its syntax tree. */
export async function visitTree(
  language: LanguageId,
  text: string,
  visit: (node: treeSitter.Node) => void,
): Promise<void> {
  const tree = (await getParser(language)).parse(text);
  if (tree === null) throw new Error("parsing was cancelled");
  visit(tree.rootNode);
  tree.delete();
}
