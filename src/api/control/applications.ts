/** Sandbox applications and their API keys. */
import { Type } from "typebox";
import { nullable, object, stringEnum, type Value } from "../../core/schema.ts";
import type { Products } from "../../developers/application-settings.ts";
import { enableProducts } from "../../developers/enabled-products.ts";
import {
  ApplicationNotFound,
  ApplicationRevoked,
  getCallbackUrl,
  SeedApplicationStays,
  type ApplicationRow,
  type CredentialRow,
} from "../../developers/application-service.ts";
import { sandboxDeveloper } from "../../developers/sandbox-application.ts";
import { msPerDay, msPerSecond } from "../../core/clock.ts";
import { listCredentialTypes, selectSecrets } from "../../protocols/issued-secrets.ts";
import { defaultProtocol, findProtocol, productNames } from "../../protocols/registry.ts";
import {
  environment,
  limitsField,
  mergeProducts,
  responseUrlKind,
  settingFields,
  toChange,
} from "./application-settings.ts";
import { ControlError } from "./control-error.ts";
import { defineRoute, type ControlDeps } from "./route.ts";

const applicationFields = {
  id: Type.String({ description: "A decimal number.", examples: ["1"] }),
  ...settingFields,
  relay: Type.Boolean({
    description: "Whether its results are pulled (`pesarail listen`) instead of posted.",
  }),
  environment,
  apiKeyHint: Type.String({ description: "The last four characters of the API key.", examples: ["x7Qp"] }),
  revoked: Type.Boolean(),
};

const application = object(applicationFields);

const darajaSecrets = object({
  consumerKey: Type.String({
    description: "It is not shown again.",
    examples: ["0123456789ABCDEFGHIJKLMNOPQRSTUV"],
  }),
  consumerSecret: Type.String({ examples: ["0123456789ABCDEFGHIJKLMNOPQRSTUV"] }),
});

const secret = Type.String({ description: "It is not shown again.", examples: ["0123456789ABCDEF"] });

const soapSecrets = object({
  spId: Type.String({ description: "The id of the service provider.", examples: ["100002"] }),
  serviceId: Type.String({ examples: ["100002000"] }),
  spPassword: secret,
  passwordKey: Type.String({
    description: "Encrypts a new password in `changePassword`. It is not shown again.",
  }),
  passwordVector: secret,
});

const applicationWithSecrets = object({
  ...applicationFields,
  apiKey: Type.String({
    description: "The API key of OpenAPI v2. It is not shown again.",
    examples: ["0123456789ABCDEFGHIJKLMNOPQRSTUV"],
  }),
  daraja: nullable(darajaSecrets),
  soap: nullable(soapSecrets),
});

const applicationWithKey = object({
  ...applicationFields,
  apiKey: Type.String({
    description: "The API key. It is not shown again.",
    examples: ["0123456789ABCDEFGHIJKLMNOPQRSTUV"],
  }),
});

const credential = object({
  id: Type.String({ description: "A decimal number. Rows of the request log name it.", examples: ["1"] }),
  protocol: nullable(Type.String({ description: "The protocol it belongs to; null for all of them." })),
  kind: Type.String({ description: "What it is, such as `api-key`." }),
  hint: Type.String({ description: "Its last four characters.", examples: ["x7Qp"] }),
  state: stringEnum(["active", "retiring", "inactive"], {
    description: "A retiring one is valid until `retiresAt`.",
  }),
  createdAt: Type.String({ description: "Wall time." }),
  retiresAt: nullable(Type.String({ description: "When a retiring one becomes inactive." })),
  endedAt: nullable(Type.String({ description: "When it became inactive." })),
});

const { name, ...optionalFields } = settingFields;

const seedApplicationStays = "It is the sandbox's own application, whose key is in `sandbox.json`.";
const noSuchApplication = "No sandbox application has this id.";

export const applicationRoutes = [
  defineRoute({
    method: "GET",
    path: "/applications",
    summary: "Lists the applications of the sandbox, including revoked ones.",
    status: 200,
    response: object({ applications: Type.Array(application) }),
    async handle(_request, { applications }) {
      return { applications: (await applications.list()).map(toResponse) };
    },
  }),

  defineRoute({
    method: "POST",
    path: "/applications",
    summary:
      "Registers an application and returns its API key and its secrets of Daraja and the SOAP Broker, which are not shown again. Without `products`, every product is enabled. Without `shortcodes`, it may act for every organisation.",
    body: object({ name }, optionalFields),
    status: 201,
    response: applicationWithSecrets,
    async handle({ body }, deps) {
      const { products, ...settings } = body;
      const { change, callbackUrls } = toChange(settings, deps);
      const enabled = products === undefined ? enableProducts(productNames) : mergeProducts({}, products, {});
      const credentials = listCredentialTypes(enabled);
      const { id, secrets } = await deps.applications.create({
        developer: sandboxDeveloper,
        name: body.name,
        description: "",
        sessionLifetimeMs: change.sessionLifetimeMs ?? msPerDay,
        trustedSources: change.trustedSources ?? [],
        trustedOrigins: change.trustedOrigins ?? [],
        shortcodes: change.shortcodes ?? null,
        products: enabled,
        callbackUrls,
        credentials,
      });
      return {
        ...toResponse(await deps.applications.get(id)),
        apiKey: secrets[0] ?? "",
        daraja: selectSecrets("daraja", credentials, secrets, id) as Value<typeof darajaSecrets> | null,
        soap: selectSecrets("soap", credentials, secrets, id) as Value<typeof soapSecrets> | null,
      };
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
    async handle({ params, body }, deps) {
      const { products = {}, limits = {}, ...settings } = body;
      const { change, callbackUrls } = toChange(settings, deps);
      const details = { settings: Object.keys(body) };
      return withApplication(params.id, deps, async (service, id) => {
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
    errors: { 404: noSuchApplication, 409: seedApplicationStays },
    async handle({ params }, deps) {
      await withApplication(params.id, deps, (service, id) => service.revoke(id));
    },
  }),

  defineRoute({
    method: "DELETE",
    path: "/applications/{id}/sessions",
    summary: "Ends an application's sessions. Its key opens new ones.",
    status: 204,
    errors: { 404: noSuchApplication },
    async handle({ params }, deps) {
      await withApplication(params.id, deps, (service, id) => service.endSessions(id));
    },
  }),

  defineRoute({
    method: "GET",
    path: "/applications/{id}/credentials",
    summary: "Lists an application's credentials, including those that were renewed, newest first.",
    status: 200,
    response: object({ credentials: Type.Array(credential) }),
    errors: { 404: noSuchApplication },
    async handle({ params }, deps) {
      return withApplication(params.id, deps, async (service, id) => ({
        credentials: (await service.listCredentials(id)).map(toCredential),
      }));
    },
  }),

  defineRoute({
    method: "POST",
    path: "/applications/{id}/api-key",
    summary:
      "Creates a new API key for an application and returns it. It is not shown again. The old key opens no new sessions; existing sessions stay valid.",
    status: 201,
    response: applicationWithKey,
    errors: { 404: noSuchApplication, 409: `The application is revoked. Or: ${seedApplicationStays}` },
    async handle({ params }, deps) {
      return withApplication(params.id, deps, async (service, id) => {
        const apiKey = await service.renewCredential(id, defaultProtocol.credentials[0]);
        return { ...toResponse(await service.get(id)), apiKey };
      });
    },
  }),

  defineRoute({
    method: "POST",
    path: "/applications/{id}/daraja-credentials",
    summary:
      "Creates a consumer key and a consumer secret for an application and returns them. They are not shown again. Older ones get no new tokens; existing tokens stay valid.",
    status: 201,
    response: darajaSecrets,
    errors: { 404: noSuchApplication, 409: `The application is revoked. Or: ${seedApplicationStays}` },
    async handle({ params }, deps) {
      return withApplication(params.id, deps, async (service, id) => {
        const types = findProtocol("daraja")?.credentials ?? [];
        const secrets = await service.renewCredentials(id, types);
        return selectSecrets("daraja", types, secrets, id) as Value<typeof darajaSecrets>;
      });
    },
  }),

  defineRoute({
    method: "POST",
    path: "/applications/{id}/soap-credentials",
    summary:
      "Creates a password of the SOAP Broker for an application, with a key and a vector for `changePassword`, and returns them. They are not shown again. Older ones are no longer valid.",
    status: 201,
    response: soapSecrets,
    errors: { 404: noSuchApplication, 409: `The application is revoked. Or: ${seedApplicationStays}` },
    async handle({ params }, deps) {
      return withApplication(params.id, deps, async (service, id) => {
        const types = findProtocol("soap")?.credentials ?? [];
        const secrets = await service.renewCredentials(id, types);
        return selectSecrets("soap", types, secrets, id) as Value<typeof soapSecrets>;
      });
    },
  }),
] as const;

/** Calls the service with the application id in the path. Throws 404 for an unknown application, 409 if it is revoked or must stay. */
async function withApplication<T>(
  id: string,
  { applications }: ControlDeps,
  work: (service: ControlDeps["applications"], id: bigint) => Promise<T>,
): Promise<T> {
  try {
    return await work(applications, BigInt(id));
  } catch (error) {
    if (error instanceof ApplicationNotFound) throw new ControlError(404, noSuchApplication);
    if (error instanceof ApplicationRevoked || error instanceof SeedApplicationStays)
      throw new ControlError(409, error.message);
    throw error;
  }
}

function toCredential({ id, protocol, kind, hint, state, createdAt, retiresAt, endedAt }: CredentialRow) {
  return {
    id: id.toString(),
    protocol,
    kind,
    hint,
    state,
    createdAt: createdAt.toISOString(),
    retiresAt: retiresAt?.toISOString() ?? null,
    endedAt: endedAt?.toISOString() ?? null,
  };
}

function toResponse(row: ApplicationRow) {
  return {
    id: row.id.toString(),
    name: row.name,
    environment: "sandbox" as const,
    apiKeyHint: row.apiKeyHint,
    sessionLifetimeSeconds: Number(row.sessionLifetimeMs) / msPerSecond,
    trustedSources: row.trustedSources,
    trustedOrigins: row.trustedOrigins,
    shortcodes: row.shortcodes,
    products: row.products as Products,
    responseUrl: getCallbackUrl(row, defaultProtocol.name, responseUrlKind),
    relay: row.pullEnabled,
    revoked: row.revokedAt !== null,
  };
}
