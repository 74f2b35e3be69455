/**
 * `/openapi.json`: one OpenAPI 3.1 document for all routes of this server.
 *
 * `@fastify/swagger` makes the descriptions of our own routes from the schemas that they are registered with. A route
 * without tags is not in the document. A protocol makes its part from its wire tables, and it is merged in here.
 */
import swagger from "@fastify/swagger";
import type { FastifyInstance, FastifySchema } from "fastify";
import { createCompressedText, matchesEtag, type CompressedText } from "./compressed-text.ts";

type NamedEntries = Readonly<Record<string, unknown>>;

/** One folder's part of the document. Names in `components` are unique: no two parts share one. */
export interface ApiSpecPart {
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  /** Only of routes that are registered without a schema. */
  readonly paths?: Readonly<Record<string, NamedEntries>>;
  readonly components?: Readonly<
    Partial<Record<"schemas" | "responses" | "parameters" | "callbacks" | "securitySchemes", NamedEntries>>
  >;
}

/** Call it before routes are registered: the document has only those that follow. */
export async function registerApiSpec(
  app: FastifyInstance,
  version: string,
  parts: readonly ApiSpecPart[],
): Promise<void> {
  const { securitySchemes = {}, ...components } = mergeComponents(parts);
  app.addSchema(errorSchema);
  await app.register(swagger, {
    hideUntagged: true,
    convertConstToEnum: false,
    openapi: {
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
      components: { securitySchemes } as object,
    },
    refResolver: {
      buildLocalReference: ({ $id }, _baseUri, _fragment, index) =>
        typeof $id === "string" ? $id : `def-${index}`,
    },
    transformObject(document) {
      if (!("openapiObject" in document)) throw new Error("The document is not OpenAPI 3.");
      const { openapiObject } = document;
      return {
        ...openapiObject,
        paths: Object.assign({}, ...parts.map(({ paths }) => paths), openapiObject.paths),
        components: {
          ...components,
          ...openapiObject.components,
          schemas: { ...components["schemas"], ...openapiObject.components?.schemas },
        } as object,
      };
    },
  });
}

function mergeComponents(parts: readonly ApiSpecPart[]): Record<string, NamedEntries> {
  const merged: Record<string, NamedEntries> = {};
  for (const part of parts) {
    for (const [kind, entries] of Object.entries(part.components ?? {}))
      merged[kind] = { ...merged[kind], ...entries };
  }
  return merged;
}

/** The document is made for its first request, because it takes 60 ms and most servers of tests are not asked for it. */
export function serveApiSpec(app: FastifyInstance): void {
  let document: CompressedText | undefined;
  app.get("/openapi.json", { schema: documentRoute }, async (request, reply) => {
    document ??= createCompressedText(`${JSON.stringify(app.swagger(), null, 1)}\n`);
    const { body, encoding, etag } = await document.select(request.headers["accept-encoding"]);
    void reply.headers({ etag, "cache-control": "public, max-age=60", vary: "accept-encoding" });
    if (matchesEtag(request.headers["if-none-match"], etag)) return reply.code(304).send();
    if (encoding !== null) void reply.header("content-encoding", encoding);
    return reply.type("application/json; charset=utf-8").send(body);
  });
}

/** An HTTP error without a code of M-Pesa, for a request that reached no call. */
const errorSchema = {
  $id: "PlainError",
  type: "object",
  required: ["error", "message"],
  properties: {
    error: { type: "string", description: "The title of the HTTP status.", examples: ["Not Found"] },
    message: { type: "string", description: "One sentence that describes the error." },
  },
} as const;

/** A response in a route's schema, with one content type. */
export const describeResponse = (description: string, contentType: string, schema: object) => ({
  description,
  content: { [contentType]: { schema } },
});

export const plainError = (description: string) =>
  describeResponse(description, "application/json", { $ref: "PlainError#" });

export const htmlResponse = (description: string) =>
  describeResponse(description, "text/html", { type: "string" });

export const serverTag = "Server";

const documentRoute: FastifySchema = {
  tags: [serverTag],
  operationId: "openapiDocument",
  summary: "This document.",
  response: {
    200: describeResponse("The document.", "application/json", {
      type: "object",
      additionalProperties: true,
    }),
    304: { description: "The client has this document: If-None-Match names its ETag." },
  },
};

export const serverApiSpec: ApiSpecPart = {
  tags: [{ name: serverTag, description: "Health, metrics, documentation and the front page." }],
  components: {
    securitySchemes: {
      metricsToken: {
        type: "http",
        scheme: "bearer",
        description: "The setting METRICS_TOKEN. Without it, metrics are available only on this machine.",
      },
    },
  },
};
