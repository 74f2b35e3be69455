/** The page of a path that has none, for a person with a browser. Programs get JSON. */
import type { FastifyRequest } from "fastify";
import { html } from "../../http/html.ts";
import { getPageWords } from "../page-language.ts";
import { readTheme } from "../workspace/theme.ts";
import { documentHeaders, renderDocument } from "../document.ts";

export function renderMissingPage(request: FastifyRequest) {
  const isBrowser = request.method === "GET" && (request.headers.accept ?? "").includes("text/html");
  if (!isBrowser) return null;
  const words = getPageWords(request);
  const { entrance } = words;
  const content = html`<section class="card empty">
    <h1>${entrance.notFoundTitle}</h1>
    <p>${entrance.notFound}</p>
    <div class="row">
      <a class="button strong" href="/app">${entrance.openWorkspace}</a>
      <a class="button" href="/openapi.json">${entrance.apiDescription}</a>
    </div>
  </section>`;
  const theme = readTheme(request) ?? "system";
  const page = renderDocument({ title: entrance.notFoundTitle, theme, words, content });
  return { headers: documentHeaders, body: page.text };
}
