/** Applications of the sandbox: what a developer registers, with the key that opens it. */
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
  relay: boolean({ description: "Whether its results are collected instead of being posted." }),
  environment,
  apiKeyHint: string({ description: "The last four characters of the API key.", examples: ["x7Qp"] }),
  revoked: boolean(),
};

const application = object(applicationFields);

const applicationWithKey = object({
  ...applicationFields,
  apiKey: string({
    description: "The API key, shown this once.",
    examples: ["0123456789ABCDEFGHIJKLMNOPQRSTUV"],
  }),
});

const { name, ...optionalFields } = settingFields;

const noSuchApplication = "The sandbox has no such application.";

export const applicationRoutes = [
  defineRoute({
    method: "GET",
    path: "/applications",
    summary: "Lists the sandbox's applications, revoked ones among them.",
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
      "Registers an application and answers with its API key, once. Without `products` it has every product enabled, and without `shortcodes` it acts for every organisation.",
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
      "Changes an application. Products that are not named stay as they are; `limits` sets the limits of products and leaves the rest of them.",
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
    summary:
      "Revokes an application for ever: its key opens no session any more, and those it has are ended.",
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
      "Gives an application a new API key and shows it, once. The old key opens no session any more; sessions that it opened live on.",
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

/** Changes an application that nobody else is changing meanwhile; this server sees it at once. */
async function changeApplication(
  request: RouteRequest<unknown, unknown>,
  { main, refreshApplicationCache: refreshDirectory }: ControlDeps,
  columns: (before: ApplicationRow) => Parameters<typeof updateApplication>[2],
): Promise<void> {
  const id = parseApplicationId(request);
  await main.begin(async (tx) => {
    const before = await lockApplication(tx, id);
    if (before?.environment !== "sandbox") throw new ControlError(404, noSuchApplication);
    await updateApplication(tx, id, columns(before));
  });
  await refreshDirectory();
}

async function endSessions(
  request: RouteRequest<unknown, unknown>,
  { main, refreshApplicationCache: refreshDirectory }: ControlDeps,
): Promise<void> {
  await revokeSessions(main, parseApplicationId(request));
  await refreshDirectory();
}

/** The id in the path; what cannot be an id is nobody's. */
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
