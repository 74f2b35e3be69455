/**
 * Serves the scripts and styles in `client` unchanged.
 *
 * Each language has a path of its own for the scripts: they import their texts as `./words.js`, and that is the file of
 * the language.
 */
import { readdirSync, readFileSync } from "node:fs";
import type { FastifyInstance } from "fastify";
import { languages, type Language } from "../../words/index.ts";

const folder = new URL("client/", import.meta.url);

/** The file that a script of this language imports as `./words.js`. */
const getWordsFile = (language: Language): URL =>
  new URL(`../../words/${language}/handset-scripts.js`, import.meta.url);

const contentTypes: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
};

export function registerAssets(app: FastifyInstance): void {
  function serve(path: string, file: URL, type: string): void {
    const text = readFileSync(file, "utf8");
    app.get(`/handset/assets/${path}`, async (_request, reply) => reply.type(type).send(text));
  }
  for (const name of readdirSync(folder)) {
    const extension = name.split(".").at(-1) ?? "";
    const type = contentTypes[extension];
    if (type === undefined) continue;
    const paths = extension === "js" ? languages.map((language) => `${language}/${name}`) : [name];
    for (const path of paths) serve(path, new URL(name, folder), type);
  }
  for (const language of languages)
    serve(`${language}/words.js`, getWordsFile(language), "text/javascript; charset=utf-8");
}
