/**
 * `/openapi.json`: one OpenAPI 3.1 document for everything that this server answers.
 *
 * Whoever answers describes: each part is made beside the tables that validate it, and this file lays the
 * parts together. It is made once, at the start, and served as the text that it is.
 */
import type { FastifyInstance } from "fastify";

type NamedEntries = Readonly<Record<string, unknown>>;

/** What one folder has to say about its paths. Names in `components` are its own: parts never share one. */
export interface ApiSpecPart {
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, NamedEntries>>;
  readonly components?: Readonly<
    Partial<Record<"schemas" | "responses" | "parameters" | "callbacks" | "securitySchemes", NamedEntries>>
  >;
}

export function buildApiSpec(version: string, parts: readonly ApiSpecPart[]) {
  const components: Record<string, Record<string, unknown>> = {};
  for (const part of parts) {
    for (const [kind, entries] of Object.entries(part.components ?? {}))
      components[kind] = { ...components[kind], ...entries };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Pesarail",
      version,
      summary: "A mobile-money platform that speaks M-Pesa.",
      description:
        "The M-Pesa OpenAPI (v2) in two environments, `sandbox` and `live` (whose path says `openapi`), and the " +
        "control API that a test or a tool uses on the sandbox. Where to find the keys: `sandbox.json` in the data folder.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/", description: "The server that you have this document from." }],
    tags: parts.flatMap((part) => part.tags),
    paths: Object.assign({}, ...parts.map((part) => part.paths)) as Record<string, Record<string, unknown>>,
    components,
  };
}

export function serveApiSpec(app: FastifyInstance, document: object): void {
  const text = `${JSON.stringify(document, null, 1)}\n`;
  app.get("/openapi.json", async (_request, reply) =>
    reply.type("application/json; charset=utf-8").send(text),
  );
}

/** An HTTP error outside the calls' own codes: what is wrong with a request that no call saw. */
export const errorSchema = {
  type: "object",
  required: ["error", "message"],
  properties: {
    error: { type: "string", description: "The HTTP status in words.", examples: ["Not Found"] },
    message: { type: "string", description: "What is wrong, in a sentence." },
  },
} as const;
