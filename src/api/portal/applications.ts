/** The applications of a developer: listed, created, changed and revoked. */
import { Type } from "typebox";
import { msPerDay, msPerMinute } from "../../core/clock.ts";
import { marketNames } from "../../core/markets.ts";
import { nullable, object } from "../../core/schema.ts";
import { toVersionSettings } from "../../developers/application-history.ts";
import type { Products } from "../../developers/application-settings.ts";
import { enableProducts } from "../../developers/enabled-products.ts";
import type { ApplicationRow, NewApplicationSettings } from "../../developers/application-service.ts";
import { listCredentialTypes } from "../../protocols/issued-secrets.ts";
import { productNames } from "../../protocols/registry.ts";
import { readLastVersionNumber } from "../../store/main/application-versions.ts";
import { readDeveloperApplications } from "../../store/main/applications.ts";
import { mergeProducts } from "../control/application-settings.ts";
import { ApiError } from "../api-error.ts";
import {
  applicationFields,
  changedFields,
  settingsResponse,
  toSettingsChange,
  type ChangedFields,
} from "./application-settings.ts";
import { groupSecrets, issuedSecrets } from "./issued-secrets.ts";
import { assertNotRevoked, getActor, withOwnApplication } from "./own-applications.ts";
import { getOwnApplication, noSuchApplication } from "./own-objects.ts";
import { readTraffic, type Traffic } from "./read-traffic.ts";
import { defineRoute, type DeveloperContext } from "./route.ts";

/** How many a developer may have that are not revoked. */
const maxApplications = 100;

const summaryFields = {
  id: Type.String(),
  name: Type.String(),
  version: Type.String(),
  description: Type.String(),
  isSeed: Type.Boolean({
    description: "Whether it belongs to the sandbox itself: its keys are in sandbox.json.",
  }),
  revokedAt: nullable(Type.String({ format: "date-time" })),
  createdAt: Type.String({ format: "date-time" }),
};

const listedApplication = object({
  ...summaryFields,
  apiKeyHint: Type.String({ description: "The last characters of its API key of OpenAPI v2." }),
  productCount: Type.Integer(),
  requests: Type.Integer({ description: "How many requests its keys sent in the last 24 hours." }),
  lastUsedAt: nullable(Type.String({ format: "date-time" })),
});

const applicationDetails = object({
  ...summaryFields,
  settings: settingsResponse,
  versionNumber: Type.Integer({
    description: "The number of its newest version; 0 before its first change.",
  }),
  pullDelivery: Type.Boolean({ description: "Whether `pesarail listen` collects its callbacks." }),
});

const createdApplication = object({ id: Type.String(), secrets: Type.Array(issuedSecrets) });

const { name, ...optionalFields } = applicationFields;

const toSummary = (row: ApplicationRow) => ({
  id: row.id.toString(),
  name: row.name,
  version: row.version,
  description: row.description,
  isSeed: row.isSeed,
  revokedAt: row.revokedAt?.toISOString() ?? null,
  createdAt: row.createdAt.toISOString(),
});

function toListed(row: ApplicationRow, traffic: readonly Traffic[]) {
  const own = traffic.filter(({ applicationId }) => applicationId === row.id);
  const lastAt = Math.max(...own.map(({ lastAt: at }) => at));
  return {
    ...toSummary(row),
    apiKeyHint: row.apiKeyHint,
    productCount: Object.keys(row.products as Products).length,
    requests: own.reduce((sum, { requests }) => sum + requests, 0),
    lastUsedAt: own.length === 0 ? null : new Date(lastAt * msPerMinute).toISOString(),
  };
}

async function toDetails(row: ApplicationRow, { deps }: DeveloperContext) {
  return {
    ...toSummary(row),
    settings: toVersionSettings(row),
    versionNumber: await readLastVersionNumber(deps.main, row.id),
    pullDelivery: row.pullEnabled,
  };
}

export const applicationRoutes = [
  defineRoute({
    method: "GET",
    path: "/applications",
    summary: "Lists your applications, the oldest first.",
    status: 200,
    response: object({ applications: Type.Array(listedApplication) }),
    async handle(_request, { deps, developer }) {
      const rows = await readDeveloperApplications(deps.main, "sandbox", developer.id);
      const ids = rows.map(({ id }) => id);
      const traffic = await readTraffic(deps, ids, marketNames);
      return { applications: rows.map((row) => toListed(row, traffic)) };
    },
  }),

  defineRoute({
    method: "POST",
    path: "/applications",
    summary:
      "Registers an application and returns its secrets, which are not shown again. Without `products`, every product is enabled.",
    body: object({ name }, optionalFields),
    status: 201,
    response: createdApplication,
    errors: { 409: "You have too many applications." },
    async handle({ body }, context) {
      await assertNameIsFree(context, body.name, null);
      const { products } = body;
      const enabled = products === undefined ? enableProducts(productNames) : mergeProducts({}, products, {});
      return create(context, body, enabled);
    },
  }),

  defineRoute({
    method: "GET",
    path: "/applications/{id}",
    summary: "Returns one of your applications.",
    status: 200,
    response: applicationDetails,
    errors: { 404: noSuchApplication },
    handle: async ({ params: { id } }, context) => toDetails(await getOwnApplication(context, id), context),
  }),

  defineRoute({
    method: "PATCH",
    path: "/applications/{id}",
    summary: "Changes an application. Fields and products that are not in the request stay unchanged.",
    body: changedFields,
    status: 200,
    response: applicationDetails,
    errors: { 404: noSuchApplication, 409: "The application is revoked." },
    handle: ({ params, body }, context) =>
      withOwnApplication(context, params.id, async (service, row) => {
        assertNotRevoked(row);
        if (body.name !== undefined) await assertNameIsFree(context, body.name, row.id);
        const { change, callbackUrls } = toSettingsChange(body, context.deps);
        const action = { what: "application change", details: { settings: Object.keys(body) } };
        const merge = (before: ApplicationRow) => ({
          ...change,
          products: mergeProducts(before.products as Products, body.products ?? {}, {}),
        });
        await service.change(row.id, action, merge, callbackUrls);
        return toDetails(await service.get(row.id), context);
      }),
  }),

  defineRoute({
    method: "DELETE",
    path: "/applications/{id}",
    summary: "Revokes an application permanently: its sessions end, and its keys open no new ones.",
    status: 204,
    errors: { 404: noSuchApplication, 409: "It is the sandbox's own application." },
    async handle({ params }, context) {
      await withOwnApplication(context, params.id, (service, row) => service.revoke(row.id));
    },
  }),

  defineRoute({
    method: "POST",
    path: "/applications/{id}/duplicate",
    summary: "Registers an application with the settings of this one and secrets of its own.",
    body: object({ name }),
    status: 201,
    response: createdApplication,
    errors: { 404: noSuchApplication, 409: "You have too many applications." },
    async handle({ params, body }, context) {
      const row = await getOwnApplication(context, params.id);
      await assertNameIsFree(context, body.name, null);
      const { products, ...settings } = toVersionSettings(row);
      return create(context, { ...settings, name: body.name }, products);
    },
  }),
] as const;

type CreatedFields = Omit<ChangedFields, "products"> & { readonly name: string };

async function create(context: DeveloperContext, fields: CreatedFields, products: Products) {
  const { deps, developer } = context;
  const { change, callbackUrls } = toSettingsChange(fields, deps);
  const credentials = listCredentialTypes(products);
  const settings: NewApplicationSettings = {
    developer: { email: developer.email, name: developer.name },
    name: fields.name,
    ...(change.version === undefined ? {} : { version: change.version }),
    description: change.description ?? "",
    sessionLifetimeMs: change.sessionLifetimeMs ?? msPerDay,
    trustedSources: change.trustedSources ?? [],
    trustedOrigins: change.trustedOrigins ?? [],
    shortcodes: change.shortcodes ?? null,
    products,
    callbackUrls,
    credentials,
  };
  const { id, secrets } = await deps.applications(getActor(context)).create(settings);
  return { id: id.toString(), secrets: groupSecrets(credentials, secrets, id, null) };
}

/** People could not distinguish two applications of one name. Throws 400 and 409. */
async function assertNameIsFree(
  { deps, developer }: DeveloperContext,
  newName: string,
  exceptId: bigint | null,
): Promise<void> {
  const rows = await readDeveloperApplications(deps.main, "sandbox", developer.id);
  const active = rows.filter(({ revokedAt }) => revokedAt === null);
  if (active.some((row) => row.name === newName && row.id !== exceptId))
    throw new ApiError(400, "You have another application of this name. Choose another name.", "name");
  if (exceptId === null && active.length >= maxApplications)
    throw new ApiError(409, `You have ${maxApplications} applications. Revoke one that you no longer use.`);
}
