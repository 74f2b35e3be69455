/** Sandbox applications and their API keys. */
import { enableProducts } from "../../developers/applications.ts";
import {
  ApplicationNotFound,
  ApplicationRevoked,
  getCallbackUrl,
  type ApplicationRow,
} from "../../developers/application-service.ts";
import { sandboxDeveloper } from "../../developers/sandbox-application.ts";
import { msPerDay, msPerSecond } from "../../core/clock.ts";
import { defaultProtocol, productNames } from "../../protocols/registry.ts";
import {
  environment,
  limitsField,
  mergeProducts,
  responseUrlKind,
  settingFields,
  toChange,
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
    async handle(_request, { applications }) {
      return { applications: (await applications.list()).map(toResponse) };
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
      const { change, callbackUrls } = toChange(settings, deps);
      const { id, secrets } = await deps.applications.create({
        developer: sandboxDeveloper,
        name: body.name,
        description: "",
        sessionLifetimeMs: change.sessionLifetimeMs ?? msPerDay,
        trustedSources: change.trustedSources ?? [],
        trustedOrigins: change.trustedOrigins ?? [],
        shortcodes: change.shortcodes ?? null,
        products: products === undefined ? enableProducts(productNames) : mergeProducts({}, products, {}),
        callbackUrls,
        credentials: [defaultProtocol.credentials[0]],
      });
      return { ...toResponse(await deps.applications.get(id)), apiKey: secrets[0] ?? "" };
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
      const { change, callbackUrls } = toChange(settings, deps);
      const details = { settings: Object.keys(request.body) };
      return withApplication(request, deps, async (service, id) => {
        const merge = (before: ApplicationRow) => ({
          ...change,
          products: mergeProducts(before.products as Products, products, limits),
        });
        await service.change(id, { what: "application change", details }, merge, callbackUrls);
        return toResponse(await service.get(id));
      });
    },
  }),

  defineRoute({
    method: "DELETE",
    path: "/applications/{id}",
    summary: "Revokes an application permanently: its sessions end, and its key opens no new ones.",
    status: 204,
    errors: { 404: noSuchApplication },
    async handle(request, deps) {
      await withApplication(request, deps, (service, id) => service.revoke(id));
    },
  }),

  defineRoute({
    method: "DELETE",
    path: "/applications/{id}/sessions",
    summary: "Ends an application's sessions. Its key opens new ones.",
    status: 204,
    errors: { 404: noSuchApplication },
    async handle(request, deps) {
      await withApplication(request, deps, (service, id) => service.endSessions(id));
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
      return withApplication(request, deps, async (service, id) => {
        const apiKey = await service.renewCredential(id, defaultProtocol.credentials[0]);
        return { ...toResponse(await service.get(id)), apiKey };
      });
    },
  }),
];

/** Calls the service with the application id in the path. Throws 404 for an unknown application, 409 for a revoked one. */
async function withApplication<T>(
  request: RouteRequest<unknown, unknown>,
  { applications }: ControlDeps,
  work: (service: ControlDeps["applications"], id: bigint) => Promise<T>,
): Promise<T> {
  const id = request.param("id");
  if (!/^\d{1,18}$/.test(id)) throw new ControlError(404, noSuchApplication);
  try {
    return await work(applications, BigInt(id));
  } catch (error) {
    if (error instanceof ApplicationNotFound) throw new ControlError(404, noSuchApplication);
    if (error instanceof ApplicationRevoked) throw new ControlError(409, error.message);
    throw error;
  }
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
    responseUrl: getCallbackUrl(row, defaultProtocol.name, responseUrlKind),
    relay: row.pullEnabled,
    revoked: row.revokedAt !== null,
  };
}
