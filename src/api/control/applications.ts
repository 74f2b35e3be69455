/** Sandbox applications and their API keys. */
import { enableAllProducts } from "../../developers/applications.ts";
import { hashApiKey, generateApiKey } from "../../developers/api-keys.ts";
import { sandboxDeveloper } from "../../developers/sandbox-application.ts";
import { msPerDay, msPerSecond } from "../../core/clock.ts";
import {
  findOrCreateDeveloper,
  insertApplication,
  lockApplication,
  readApplication,
  readApplications,
  revokeSessions,
  updateApplication,
  type ApplicationRow,
} from "../../store/main/applications.ts";
import {
  toColumns,
  environment,
  limitsField,
  mergeProducts,
  settingFields,
  type Products,
} from "./application-settings.ts";
import { ControlError, defineRoute, type RouteRequest, type ControlDeps } from "./route.ts";
import { boolean, array, object, string } from "./schema.ts";

const applicationFields = {
  id: string({ description: "A decimal number.", examples: ["1"] }),
  ...settingFields,
  relay: boolean({ description: "Whether its results are pulled (`pesarail listen`) instead of posted." }),
  environment,
  apiKeyHint: string({ description: "The last four characters of the API key.", examples: ["x7Qp"] }),
  revoked: boolean(),
};

const application = object(applicationFields);

const applicationWithKey = object({
  ...applicationFields,
  apiKey: string({
    description: "The API key. It is not shown again.",
    examples: ["0123456789ABCDEFGHIJKLMNOPQRSTUV"],
  }),
});

const { name, ...optionalFields } = settingFields;

const noSuchApplication = "No sandbox application has this id.";

export const applicationRoutes = [
  defineRoute({
    method: "GET",
    path: "/applications",
    summary: "Lists the applications of the sandbox, including revoked ones.",
    status: 200,
    response: object({ applications: array(application) }),
    async handle(_request, { main }) {
      return { applications: (await readApplications(main, "sandbox")).map(toResponse) };
    },
  }),

  defineRoute({
    method: "POST",
    path: "/applications",
    summary:
      "Registers an application and returns its API key, which is not shown again. Without `products`, every product is enabled. Without `shortcodes`, it may act for every organisation.",
    body: object({ name }, optionalFields),
    status: 201,
    response: applicationWithKey,
    async handle({ body }, deps) {
      const { products, ...settings } = body;
      const columns = toColumns(settings, deps);
      const apiKey = generateApiKey();
      const id = await insertApplication(deps.main, {
        developerId: await findOrCreateDeveloper(deps.main, sandboxDeveloper.email, sandboxDeveloper.name),
        environment: "sandbox",
        name: body.name,
        description: "",
        ...hashApiKey(apiKey),
        sessionLifetimeMs: columns.sessionLifetimeMs ?? msPerDay,
        trustedSources: columns.trustedSources ?? [],
        trustedOrigins: columns.trustedOrigins ?? [],
        shortcodes: columns.shortcodes ?? null,
        products: products === undefined ? enableAllProducts() : mergeProducts({}, products, {}),
        responseUrl: columns.responseUrl ?? null,
      });
      return { ...(await readApplicationResponse(id, deps)), apiKey };
    },
  }),

  defineRoute({
    method: "PATCH",
    path: "/applications/{id}",
    summary:
      "Changes an application. Products that are not in the request stay unchanged. `limits` changes only the limits of products.",
    body: object({}, { ...settingFields, limits: limitsField }),
    status: 200,
    response: application,
    errors: { 404: noSuchApplication },
    async handle(request, deps) {
      const { products = {}, limits = {}, ...settings } = request.body;
      const columns = toColumns(settings, deps);
      await changeApplication(request, deps, (before) => ({
        ...columns,
        products: mergeProducts(before.products as Products, products, limits),
      }));
      return readApplicationResponse(parseApplicationId(request), deps);
    },
  }),

  defineRoute({
    method: "DELETE",
    path: "/applications/{id}",
    summary: "Revokes an application permanently: its sessions end, and its key opens no new ones.",
    status: 204,
    errors: { 404: noSuchApplication },
    async handle(request, deps) {
      await changeApplication(request, deps, () => ({ revokedAt: new Date() }));
      await endSessions(request, deps);
    },
  }),

  defineRoute({
    method: "DELETE",
    path: "/applications/{id}/sessions",
    summary: "Ends an application's sessions. Its key opens new ones.",
    status: 204,
    errors: { 404: noSuchApplication },
    async handle(request, deps) {
      await changeApplication(request, deps, () => ({}));
      await endSessions(request, deps);
    },
  }),

  defineRoute({
    method: "POST",
    path: "/applications/{id}/api-key",
    summary:
      "Creates a new API key for an application and returns it. It is not shown again. The old key opens no new sessions; existing sessions stay valid.",
    status: 201,
    response: applicationWithKey,
    errors: { 404: noSuchApplication },
    async handle(request, deps) {
      const apiKey = generateApiKey();
      await changeApplication(request, deps, () => hashApiKey(apiKey));
      return { ...(await readApplicationResponse(parseApplicationId(request), deps)), apiKey };
    },
  }),
];

/** Changes an application under a lock. The change takes effect on this server at once. */
async function changeApplication(
  request: RouteRequest<unknown, unknown>,
  { main, refreshApplicationCache }: ControlDeps,
  columns: (before: ApplicationRow) => Parameters<typeof updateApplication>[2],
): Promise<void> {
  const id = parseApplicationId(request);
  await main.begin(async (tx) => {
    const before = await lockApplication(tx, id);
    if (before?.environment !== "sandbox") throw new ControlError(404, noSuchApplication);
    await updateApplication(tx, id, columns(before));
  });
  await refreshApplicationCache();
}

async function endSessions(
  request: RouteRequest<unknown, unknown>,
  { main, refreshApplicationCache }: ControlDeps,
): Promise<void> {
  await revokeSessions(main, parseApplicationId(request));
  await refreshApplicationCache();
}

/** Parses the id in the path. Throws 404 for an invalid one. */
function parseApplicationId(request: RouteRequest<unknown, unknown>): bigint {
  const id = request.param("id");
  if (!/^\d{1,18}$/.test(id)) throw new ControlError(404, noSuchApplication);
  return BigInt(id);
}

async function readApplicationResponse(id: bigint, { main }: ControlDeps) {
  const row = await readApplication(main, id);
  if (row === undefined) throw new ControlError(404, noSuchApplication);
  return toResponse(row);
}

function toResponse(row: ApplicationRow) {
  return {
    id: row.id.toString(),
    name: row.name,
    environment: row.environment,
    apiKeyHint: row.apiKeyHint,
    sessionLifetimeSeconds: Number(row.sessionLifetimeMs) / msPerSecond,
    trustedSources: row.trustedSources,
    trustedOrigins: row.trustedOrigins,
    shortcodes: row.shortcodes,
    products: row.products,
    responseUrl: row.responseUrl,
    relay: row.pullEnabled,
    revoked: row.revokedAt !== null,
  };
}
