/** Every link, anchor and file name in the Markdown pages leads to something that exists. */
import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { test } from "node:test";

const pages = globSync("{*.md,{docs,src,sdk,bench}/**/*.md}").filter(
  (page) => !page.includes("node_modules/"),
);

/** The prose of a page: without blocks of code. */
const readProse = (page: string): string => readFileSync(page, "utf8").replaceAll(/```.*?```/gs, "");

/** Links to files of the repository, with their anchors: `[…](path#anchor)`. */
function listLinks(page: string): { path: string; anchor: string | undefined }[] {
  return [...readProse(page).matchAll(/\]\(([^)\s#]*)(?:#([^)\s]+))?\)/g)]
    .filter(([, target = ""]) => !/^[a-z]+:/.test(target))
    .map(([, target = "", anchor]) => ({
      path: target === "" ? page : normalize(join(dirname(page), target)),
      anchor,
    }));
}

/** The anchors of a page's headings, as GitHub makes them. */
const listAnchors = (page: string): string[] =>
  [...readProse(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, "")
      .trim()
      .replaceAll(" ", "-"),
  );

test("every link leads to a file, and to a heading if it names one", () => {
  const broken: string[] = [];
  for (const page of pages) {
    for (const { path, anchor } of listLinks(page)) {
      if (!existsSync(path)) broken.push(`${page}: ${path}`);
      else if (anchor !== undefined && path.endsWith(".md") && !listAnchors(path).includes(anchor))
        broken.push(`${page}: ${path}#${anchor}`);
    }
  }
  assert.deepEqual(broken, []);
});

/** Where a page's file names may begin. */
const roots = [".", "src", "src/payments", "src/protocols/openapi-v2", "src/callbacks", "src/handset"];

/** Examples of files that code is not expected to be in. */
const exampleNames = new Set(["words.ts", "text.ts", "format.ts"]);

test("every source file that a page names exists", () => {
  const missing: string[] = [];
  for (const page of pages) {
    for (const [, name = ""] of readProse(page).matchAll(/`([\w./-]+\.(?:ts|sql|cjs))`/g)) {
      const exists = [dirname(page), ...roots].some((root) => existsSync(join(root, name)));
      if (!exists && !exampleNames.has(name)) missing.push(`${page}: ${name}`);
    }
  }
  assert.deepEqual(missing, []);
});

test("every folder of src that owns files has a README of at most a page", () => {
  const folders = new Set(globSync("src/{*,api/*,protocols/*,web/handset}/*.ts").map(dirname));
  assert(folders.size > 20);
  for (const folder of folders) {
    const readme = join(folder, "README.md");
    assert(existsSync(readme), readme);
    assert(readFileSync(readme, "utf8").split("\n").length <= 60, `${readme} is longer than a page`);
  }
});
