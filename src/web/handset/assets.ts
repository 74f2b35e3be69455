/** Serves the scripts and styles in `client` unchanged. */
import { readdirSync, readFileSync } from "node:fs";
import type { FastifyInstance } from "fastify";

const folder = new URL("client/", import.meta.url);

const contentTypes: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
};

export function registerAssets(app: FastifyInstance): void {
  for (const name of readdirSync(folder)) {
    const type = contentTypes[name.split(".").at(-1) ?? ""];
    if (type === undefined) continue;
    const text = readFileSync(new URL(name, folder), "utf8");
    app.get(`/handset/assets/${name}`, async (_request, reply) => reply.type(type).send(text));
  }
}
