/**
 * `/app`: the workspace, a page that Vite builds from the folder `portal`, and its files.
 *
 * Every path below `/app` gets the same document, whose script shows the page of the path. The document has the language
 * and the theme that the browser asked for before, so that nothing changes while the script loads.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { securityHeaders } from "../../http/security-headers.ts";
import { getPageWords } from "../page-language.ts";
import { renderNotBuiltPage } from "./not-built-page.ts";
import { readTheme } from "./theme.ts";

/** Below the repository, and below `dist` in a package. */
const buildFolder = fileURLToPath(new URL("../../../portal/dist/", import.meta.url));

/** A handset stands beside a request in a frame; what else the page loads comes from this server, too. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self'",
  "frame-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "manifest-src 'self'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

const documentHeaders = {
  ...securityHeaders,
  "x-frame-options": "DENY",
  "content-security-policy": contentSecurityPolicy,
} as const;

export function registerWorkspace(app: FastifyInstance): void {
  const document = readDocument();
  const send = async (request: FastifyRequest, reply: FastifyReply) => {
    const words = getPageWords(request);
    const isBuilt = document !== null;
    const text = isBuilt
      ? fillDocument(document, words.language, readTheme(request))
      : renderNotBuiltPage(words).text;
    return reply
      .code(isBuilt ? 200 : 503)
      .headers(documentHeaders)
      .type("text/html; charset=utf-8")
      .send(text);
  };
  app.get("/app", { schema: { hide: true } }, send);
  app.get("/app/*", { schema: { hide: true } }, send);
  if (document !== null) registerFiles(app);
}

/** The names of the files have a hash of their content, so a browser may keep them for good. */
function registerFiles(app: FastifyInstance): void {
  void app.register(fastifyStatic, {
    root: `${buildFolder}assets`,
    prefix: "/app/assets/",
    decorateReply: false,
    immutable: true,
    maxAge: "365d",
    preCompressed: true,
    index: false,
    setHeaders(reply) {
      void reply.headers({
        "x-content-type-options": "nosniff",
        "cross-origin-resource-policy": "same-origin",
      });
    },
  });
}

/** Null if the workspace was not built. */
function readDocument(): string | null {
  const file = join(buildFolder, "index.html");
  return existsSync(file) ? readFileSync(file, "utf8") : null;
}

/** Adds to the tag that begins the document. `language` and `theme` are names of this server. */
const fillDocument = (document: string, language: string, theme: string | null): string =>
  document.replace('lang="en"', `lang="${language}" data-theme="${theme ?? "system"}"`);
