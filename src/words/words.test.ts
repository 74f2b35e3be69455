/** The message catalogue: its fallback, that code uses every text, and that no text is left in the pages' code. */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { defaultLanguage, findLanguage, getWords, languages } from "./index.ts";

const readFiles = (...patterns: readonly string[]): ReadonlyMap<string, string> =>
  new Map(
    globSync(patterns)
      .filter((file) => !file.endsWith(".test.ts") && !file.endsWith(".d.ts"))
      .map((file) => [file, removeComments(readFileSync(file, "utf8"))]),
  );

/** Comments start a line in this code, or follow a space at its end. */
const removeComments = (code: string): string =>
  code.replaceAll(/^\s*\/\*\*?[^]*?\*\/|^\s*\/\/.*$|\s\/\/ .*$/gm, "");

test("a language tag has the dictionary of its language, and an unknown one has the default", () => {
  assert.equal(findLanguage("EN-gb"), "en");
  assert.equal(findLanguage("e"), null);
  assert.equal(findLanguage("constructor"), null);
  assert.equal(getWords("en-GB").language, "en");
  assert.equal(getWords("tlh"), getWords(defaultLanguage));
});

test("a language has one tag: its export, its folder and its lang attribute", () => {
  const folders = globSync("src/words/*/index.ts").map((file) => file.split("/")[2]);
  assert.deepEqual(new Set<unknown>(languages), new Set<unknown>(folders));
  for (const language of languages) assert.equal(getWords(language).language, language);
});

test("no text is empty or has spaces at its ends", () => {
  for (const language of languages)
    for (const [path, text] of listTexts(getWords(language)))
      if (typeof text === "string") assert.match(text, /^\S(?:[^]*\S)?$/, `${language}: ${path}`);
});

test("the catalogue imports nothing from other folders", () => {
  for (const [file, code] of readFiles("src/words/**/*.{ts,js}"))
    for (const [, target = ""] of code.matchAll(/(?:from |import\()"([^"]+)"/g))
      assert.match(target, /^\.{1,2}\/(?:en\/)?[\w-]+\.(?:ts|js)$/, `${file} imports ${target}`);
});

/** Areas whose texts are chosen by a value of the data, not by a name in the code. */
const indexedAreas: readonly string[] = ["behaviours", "frequencies"];

test("code uses every text", () => {
  const server = [...readFiles("src/{api,handset,mail,web}/**/*.ts").values()].join("\n");
  const scripts = [...readFiles("src/web/handset/client/*.js").values()].join("\n");
  const unused: string[] = [];
  for (const [area, texts] of Object.entries(getWords(defaultLanguage))) {
    if (typeof texts !== "object") continue;
    if (indexedAreas.includes(area)) {
      assert.match(server, new RegExp(`\\b${area}\\[`));
      continue;
    }
    const [code, name] = area === "handsetScripts" ? [scripts, "words"] : [server, area];
    for (const key of Object.keys(texts as object))
      if (!new RegExp(`\\b${name}\\.${key}\\b`).test(code)) unused.push(`${area}.${key}`);
  }
  assert.deepEqual(unused, []);
});

/** Texts that the pages' code may contain, with the reason. */
const exceptions: Readonly<Record<string, string>> = {
  Pesarail: "the name of the product",
  M: "a drawn mark",
  P: "a drawn mark",
  selected: "an attribute",
  Escape: "a key",
  Error: "an error's name, for programs",
  "bubble new": "names of style classes",
  'read ${pageData("base")}': "a key in the browser's storage",
  "event: ${event}\\ndata: ${data}\\n\\n": "the format of event streams",
  "the page has no #${id}": "a fault of the page, for its console",
  "#${id} is not an input": "a fault of the page, for its console",
  "#${id} is not a dialog": "a fault of the page, for its console",
};

/** Files with texts that the catalogue does not have, with the reason. */
const exemptFiles: Readonly<Record<string, string>> = {
  "src/web/route-schemas.ts": "the API's description",
};

test("no text is left in the code of the pages and messages", () => {
  const files = readFiles("src/web/**/*.ts", "src/web/handset/client/*.js", "src/handset/message-text.ts");
  const leftTexts: string[] = [];
  for (const [file, code] of files) {
    if (Object.hasOwn(exemptFiles, file)) continue;
    const texts = [...findMarkupTexts(code), ...findStringTexts(code)];
    leftTexts.push(
      ...texts.filter((text) => !Object.hasOwn(exceptions, text)).map((text) => `${file}: ${text}`),
    );
  }
  assert.deepEqual(leftTexts, []);
});

test("the search finds texts in markup, attributes and strings", () => {
  const page =
    'html`<p class="lead">Pay ${name}</p><a href="/x" aria-label="Home">${list.map(() => html`<b>New</b>`)}</a>`';
  assert.deepEqual(findMarkupTexts(page).toSorted(), ["Home", "New", "Pay"]);
  assert.deepEqual(findMarkupTexts('html`<p title="${words.x}">${words.y} · ${`/a/${b}`}</p>`'), []);
  const script =
    'setText(a, "Today"); setText(b, `${n} messages`); setText(c, "no signal"); x("open-inbox");';
  assert.deepEqual(findStringTexts(script), ["Today", "${n} messages", "no signal"]);
});

/** What a person reads in html templates: their text and some attributes, without values and code samples. */
function findMarkupTexts(code: string): string[] {
  return splitTemplates(code)
    .templates.map((template) => template.replaceAll(/<(code|pre|style)\b[^]*?<\/\1>/g, ""))
    .flatMap((template) => [
      ...template.replaceAll(/<[^>]*>/g, "\n").split("\n"),
      ...[...template.matchAll(/\s(?:aria-label|title|alt|placeholder|value)="([^"]*)"/g)].map(
        ([, value = ""]) => value,
      ),
    ])
    .map((text) => text.trim())
    .filter((text) => /\p{L}/u.test(text) && !text.startsWith("/"));
}

/** Separates the html templates of a file, without their values, from the rest of its code. */
function splitTemplates(code: string): { templates: string[]; rest: string } {
  const templates: string[] = [];
  let rest = "";
  /** Returns the index after the closing backtick. */
  function readTemplate(start: number): number {
    let text = "";
    let index = start;
    while (index < code.length && code[index] !== "`") {
      if (code.startsWith("${", index)) index = readCode(index + 2);
      else {
        text += code[index];
        index += code[index] === "\\" ? 2 : 1;
      }
    }
    templates.push(text);
    return index + 1;
  }
  /** Reads until the brace that closes a value, or the end of the file. Returns the index after it. */
  function readCode(start: number): number {
    let index = start;
    for (let depth = 1; depth > 0 && index < code.length;) {
      // Not the end of a name, such as that of a file.
      if (code.startsWith("html`", index) && !/[\w.]/.test(code[index - 1] ?? "")) {
        index = readTemplate(index + "html`".length);
        continue;
      }
      if (code[index] === "{") depth += 1;
      if (code[index] === "}") depth -= 1;
      rest += code[index];
      index += 1;
    }
    rest += "\n";
    return index;
  }
  for (let index = 0; index < code.length;) index = readCode(index);
  return { templates, rest };
}

/** Strings that look like a label or a sentence: one capitalised word, or several words. */
function findStringTexts(code: string): string[] {
  return [...splitTemplates(code).rest.matchAll(/"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\\n]|\\.)*)`/g)]
    .map(([, quoted, template]) => quoted ?? template ?? "")
    .filter((text) => /^\p{Lu}\p{Ll}+$|^[^<]*(?:^|[ }])\p{L}+[,.!?:]? (?:\p{L}|\$)|\} \p{L}{2,}/u.test(text));
}

/** Every text with its path, such as `sms.paid`. */
function listTexts(words: object, prefix = ""): [string, unknown][] {
  return Object.entries(words).flatMap(([key, value]: [string, unknown]) =>
    typeof value === "object" && value !== null
      ? listTexts(value, `${prefix}${key}.`)
      : [[`${prefix}${key}`, value] as [string, unknown]],
  );
}
