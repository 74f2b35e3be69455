/** The files of `src` and their imports, for the tests of its structure. */
import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

/** Every file of `src` except tests and type declarations. */
export const sourceFiles: readonly string[] = globSync("src/**/*.ts").filter(
  (file) => !/\.(?:test|d)\.ts$/.test(file),
);

/** The files of `src` and `tools` that a file imports, types included. */
export function readImports(file: string): string[] {
  const text = readFileSync(file, "utf8");
  return [...text.matchAll(/(?:from|import\(|^import) ?"(\.{1,2}\/[^"]+)"/gm)]
    .map(([, target = ""]) => normalize(join(dirname(file), target)))
    .filter((target) => target.startsWith("src/") || target.startsWith("tools/"));
}
