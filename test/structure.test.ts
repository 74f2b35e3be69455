/** The limits of `src`: no import cycles, no long functions, one meaning for each exported type, a short `app.ts`. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { visitTree } from "./samples/syntax.ts";
import { readImports, sourceFiles } from "./support/source-files.ts";

const maxFunctionLines = 100;
/** `app.ts` only composes. What needs more lines belongs in a file of its own. */
const maxAppLines = 119;

test("no file imports itself through others", () => {
  const graph = new Map(sourceFiles.map((file) => [file, readImports(file)]));
  assert(graph.values().reduce((sum, targets) => sum + targets.length, 0) > 1000, "imports are not found");
  assert.deepEqual(findCycles(graph), []);
});

test("the search for cycles finds them, however many files they have", () => {
  const graph = new Map([
    ["a", ["b", "d"]],
    ["b", ["c"]],
    ["c", ["a", "d"]],
    ["d", []],
    ["e", ["e"]],
  ]);
  assert.deepEqual(findCycles(graph), ["a → b → c → a", "e → e"]);
});

test(`no function has more than ${maxFunctionLines} lines`, async () => {
  const lengths: { readonly position: string; readonly lines: number }[] = [];
  for (const file of sourceFiles) {
    await visitTree("typescript", readFileSync(file, "utf8"), (root) => {
      for (const node of root.descendantsOfType(functionTypes)) {
        if (node === null) continue;
        const { row } = node.startPosition;
        lengths.push({ position: `${file}:${row + 1}`, lines: node.endPosition.row - row + 1 });
      }
    });
  }
  assert(lengths.length > 2000, "functions are not found");
  assert.deepEqual(
    lengths.filter(({ lines }) => lines > maxFunctionLines),
    [],
  );
});

const functionTypes = [
  "function_declaration",
  "function_expression",
  "generator_function_declaration",
  "generator_function",
  "arrow_function",
  "method_definition",
];

test("an exported type's name has one meaning", () => {
  const filesByName = new Map<string, Set<string>>();
  for (const file of sourceFiles) {
    const declarations = readFileSync(file, "utf8").matchAll(
      /^export (?:declare )?(?:abstract )?(?:interface|type|class|enum) (\w+)/gm,
    );
    for (const [, name = ""] of declarations)
      filesByName.set(name, (filesByName.get(name) ?? new Set()).add(file));
  }
  assert(filesByName.size > 300, "types are not found");
  const repeated = [...filesByName].filter(([, files]) => files.size > 1);
  assert.deepEqual(
    repeated.map(([name, files]) => `${name}: ${[...files].join(", ")}`),
    [],
  );
});

test("the app is composed in a short file", () => {
  const lines = readFileSync("src/app/app.ts", "utf8").trimEnd().split("\n").length;
  assert(lines <= maxAppLines, `src/app/app.ts has ${lines} lines`);
});

/** One cycle through each file that starts one, as `a → b → a`. A file of a reported cycle is not reported again. */
function findCycles(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const cycles: string[] = [];
  const reported = new Set<string>();
  const finished = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): void => {
    const index = path.indexOf(file);
    if (index >= 0) {
      const cycle = path.slice(index);
      if (!cycle.some((member) => reported.has(member))) cycles.push([...cycle, file].join(" → "));
      for (const member of cycle) reported.add(member);
      return;
    }
    if (finished.has(file)) return;
    path.push(file);
    for (const target of graph.get(file) ?? []) visit(target);
    path.pop();
    finished.add(file);
  };
  for (const file of graph.keys()) visit(file);
  return cycles;
}
