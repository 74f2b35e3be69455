/** The applications of a developer. */
import { Type } from "typebox";
import { nullable, object } from "../../core/schema.ts";
import type { ApplicationRow } from "../../developers/application-service.ts";
import { readDeveloperApplications } from "../../store/main/applications.ts";
import { getOwnApplication, noSuchApplication } from "./own-objects.ts";
import { defineRoute } from "./route.ts";

const applicationSummary = object({
  id: Type.String(),
  name: Type.String(),
  version: Type.String(),
  description: Type.String(),
  isSeed: Type.Boolean({
    description: "Whether it belongs to the sandbox itself: its keys are in sandbox.json.",
  }),
  revokedAt: nullable(Type.String({ format: "date-time" })),
  createdAt: Type.String({ format: "date-time" }),
});

const toSummary = (row: ApplicationRow) => ({
  id: row.id.toString(),
  name: row.name,
  version: row.version,
  description: row.description,
  isSeed: row.isSeed,
  revokedAt: row.revokedAt?.toISOString() ?? null,
  createdAt: row.createdAt.toISOString(),
});

export const applicationRoutes = [
  defineRoute({
    method: "GET",
    path: "/applications",
    summary: "Lists your applications, the oldest first.",
    status: 200,
    response: object({ applications: Type.Array(applicationSummary) }),
    async handle(_request, { deps, developer }) {
      const rows = await readDeveloperApplications(deps.main, "sandbox", developer.id);
      return { applications: rows.map(toSummary) };
    },
  }),

  defineRoute({
    method: "GET",
    path: "/applications/{id}",
    summary: "Returns one of your applications.",
    status: 200,
    response: applicationSummary,
    errors: { 404: noSuchApplication },
    handle: async ({ params: { id } }, context) => toSummary(await getOwnApplication(context, id)),
  }),
] as const;
