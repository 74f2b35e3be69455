/**
 * `/openapi.json`: one OpenAPI 3.1 document for all routes of this server.
 *
 * Each folder with routes makes its own part, from the tables that validate its requests, and this file merges the
 * parts. The document is built once, at the start.
 */
import type { FastifyInstance } from "fastify";

type NamedEntries = Readonly<Record<string, unknown>>;

/** One folder's part of the document. Names in `components` are unique: no two parts share one. */
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
      summary: "A mobile-money platform with M-Pesa's APIs.",
      description:
        "The M-Pesa OpenAPI (v2) in two environments, `sandbox` and `live` (with the path `openapi`), and the " +
        "control API, with which tests and tools change the sandbox. The keys are in `sandbox.json` in the data folder.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/", description: "The server of this document." }],
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

/** An HTTP error without a code of M-Pesa, for a request that reached no call. */
export const errorSchema = {
  type: "object",
  required: ["error", "message"],
  properties: {
    error: { type: "string", description: "The title of the HTTP status.", examples: ["Not Found"] },
    message: { type: "string", description: "One sentence that describes the error." },
  },
} as const;
