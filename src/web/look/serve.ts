/** Serves the style sheet as one file. Its address has a hash of the content, so a browser may keep it for good. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { FastifyInstance } from "fastify";

const theme = readTheme();
const hash = createHash("sha256").update(theme).digest("hex").slice(0, 16);

/** The address for a link in a document. */
export const themePath = `/look/theme-${hash}.css`;

export function registerStyles(app: FastifyInstance): void {
  app.get(themePath, { schema: { hide: true } }, async (_request, reply) =>
    reply
      .type("text/css; charset=utf-8")
      .header("cache-control", "public,max-age=31536000,immutable")
      .header("x-content-type-options", "nosniff")
      .header("cross-origin-resource-policy", "same-origin")
      .send(theme),
  );
}

/** `theme.css` with the files that it imports in place of the imports. */
function readTheme(): string {
  const read = (name: string): string => readFileSync(new URL(name, import.meta.url), "utf8");
  return read("theme.css").replaceAll(/@import "\.\/([\w-]+\.css)";/g, (_match, name: string) => read(name));
}
