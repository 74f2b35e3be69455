/** Every name that a TypeScript or JavaScript file declares: variables, functions, types, parameters, keys. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type * as treeSitter from "@vscode/tree-sitter-wasm";

const require = createRequire(import.meta.url);
const { Parser, Language, Query } = require("@vscode/tree-sitter-wasm") as typeof treeSitter;

export interface DeclaredName {
  readonly name: string;
  /** A `key` belongs to an object or a type; destructuring one under its own name counts as a key. */
  readonly kind: "variable" | "function" | "type" | "key";
  readonly line: number;
}

/** Imports are declared where they come from. A renamed import is a variable. */
const declarations = `
  (variable_declarator name: (identifier) @function value: [(arrow_function) (function_expression)])
  (variable_declarator name: (identifier) @variable)
  (function_declaration name: (identifier) @function)
  (generator_function_declaration name: (identifier) @function)
  (function_signature name: (identifier) @function)
  (function_expression name: (identifier) @function)
  (method_definition name: (property_identifier) @function)
  (method_signature name: (property_identifier) @function)
  (class_declaration name: (type_identifier) @type)
  (interface_declaration name: (type_identifier) @type)
  (type_alias_declaration name: (type_identifier) @type)
  (type_parameter name: (type_identifier) @type)
  (required_parameter pattern: (identifier) @variable)
  (optional_parameter pattern: (identifier) @variable)
  (arrow_function parameter: (identifier) @variable)
  (rest_pattern (identifier) @variable)
  (array_pattern (identifier) @variable)
  (assignment_pattern left: (identifier) @variable)
  (pair_pattern value: (identifier) @variable)
  (catch_clause parameter: (identifier) @variable)
  (for_in_statement left: (identifier) @variable)
  (import_specifier alias: (identifier) @variable)
  (namespace_import (identifier) @variable)
  (shorthand_property_identifier_pattern) @key
  (shorthand_property_identifier) @key
  (public_field_definition name: (property_identifier) @key)
  (property_signature name: (property_identifier) @key)
  (pair key: (property_identifier) @key)
`;

interface Grammar {
  readonly parser: treeSitter.Parser;
  readonly query: treeSitter.Query;
}

let loading: Promise<Grammar> | undefined;

async function loadGrammar(): Promise<Grammar> {
  await Parser.init();
  const wasm = require.resolve("@vscode/tree-sitter-wasm/wasm/tree-sitter-typescript.wasm");
  const language = await Language.load(readFileSync(wasm));
  const parser = new Parser();
  parser.setLanguage(language);
  return { parser, query: new Query(language, declarations) };
}

export async function listDeclaredNames(text: string): Promise<DeclaredName[]> {
  loading ??= loadGrammar();
  const { parser, query } = await loading;
  const tree = parser.parse(text);
  if (tree === null) throw new Error("parsing was cancelled");
  const names = new Map<number, DeclaredName>();
  for (const { name: kind, node } of query.captures(tree.rootNode)) {
    const line = node.startPosition.row + 1;
    // A constant that is a function matches twice; the first capture is the more precise one.
    if (names.has(node.id)) continue;
    names.set(node.id, { name: node.text, kind: kind as DeclaredName["kind"], line });
  }
  tree.delete();
  return [...names.values()];
}
