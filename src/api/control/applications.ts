/** Sandbox applications and their API keys. */
import { Type } from "typebox";
import { nullable, object, record, stringEnum, type Value } from "../../core/schema.ts";
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
import { sandboxDeveloper } from "../../developers/sandbox-developer.ts";
import { msPerDay, msPerSecond } from "../../core/clock.ts";
import { maxOverlapMs } from "../../core/credential-overlap.ts";
import { listCredentialTypes, selectSecrets } from "../../protocols/issued-secrets.ts";
import type { Protocol, ProtocolName } from "../../protocols/protocol.ts";
import { defaultProtocol, findProtocol, productNames, protocols } from "../../protocols/registry.ts";
import {
  environment,
  limitsField,
  mergeProducts,
  responseUrlKind,
  ipgV1Name,
  settingFields,
  toChange,
} from "./application-settings.ts";
import { ApiError } from "../api-error.ts";
import { defineRoute, type ControlDeps } from "./route.ts";

const protocolsWithSecrets = protocols.map(({ name: protocol }) => protocol);

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

const darajaSecretFields = {
  consumerKey: Type.String({
    description: "It is not shown again.",
    examples: ["0123456789ABCDEFGHIJKLMNOPQRSTUV"],
  }),
  consumerSecret: Type.String({ examples: ["0123456789ABCDEFGHIJKLMNOPQRSTUV"] }),
};

const darajaSecrets = object(darajaSecretFields);

const ipgV1SecretFields = {
  apiKey: Type.String({
    description: "The API key of IPG v1. It is not shown again.",
    examples: ["0123456789ABCDEFGHIJKLMNOPQRSTUV"],
  }),
};

const ipgV1Secrets = object(ipgV1SecretFields);

const secret = Type.String({ description: "It is not shown again.", examples: ["0123456789ABCDEF"] });

const soapSecretFields = {
  spId: Type.String({ description: "The id of the service provider.", examples: ["100002"] }),
  serviceId: Type.String({ examples: ["100002000"] }),
  spPassword: secret,
  passwordKey: Type.String({
    description: "Encrypts a new password in `changePassword`. It is not shown again.",
  }),
  passwordVector: secret,
  merchantId: Type.String({ description: "The id of the LNMO checkout.", examples: ["100002"] }),
  lnmoPasskey: Type.String({ description: "What its passwords are made with. It is not shown again." }),
};

const soapSecrets = object(soapSecretFields);

const applicationWithSecrets = object({
  ...applicationFields,
  apiKey: Type.String({
    description: "The API key of OpenAPI v2. It is not shown again.",
    examples: ["0123456789ABCDEFGHIJKLMNOPQRSTUV"],
  }),
  daraja: nullable(darajaSecrets),
  ipgV1: nullable(ipgV1Secrets),
  soap: nullable(soapSecrets),
});

const previousUntil = nullable(
  Type.String({
    description:
      "Until when the old ones stay valid: wall time; null if they are inactive, or there were none.",
  }),
);

const applicationWithKey = object({
  ...applicationFields,
  apiKey: Type.String({
    description: "The API key. It is not shown again.",
    examples: ["0123456789ABCDEFGHIJKLMNOPQRSTUV"],
  }),
  previousUntil,
});

const renewedDarajaSecrets = object({ ...darajaSecretFields, previousUntil });
const renewedIpgV1Secrets = object({ ...ipgV1SecretFields, previousUntil });
const renewedSoapSecrets = object({ ...soapSecretFields, previousUntil });

const renewedSecrets = object({
  protocol: stringEnum(protocolsWithSecrets),
  secrets: record(Type.String(), {
    description: "The secrets by name, such as `apiKey`. They are not shown again.",
    examples: [{ apiKey: "0123456789ABCDEFGHIJKLMNOPQRSTUV" }],
  }),
  previousUntil,
});

/** How long the old secrets of each protocol stay valid if a request does not say it. */
const defaultOverlaps = protocols
  .map(({ name: protocol, credentialOverlapMs }) => `${credentialOverlapMs / msPerSecond} for ${protocol}`)
  .join(", ");

const overlapFields = {
  overlapSeconds: Type.Integer({
    minimum: 0,
    maximum: maxOverlapMs / msPerSecond,
    description: `How long the old ones stay valid, in seconds of wall time: default ${defaultOverlaps}; maximum ${maxOverlapMs / msPerSecond}; 0 to end them at once. Older ones end at once.`,
  }),
};

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
      "Registers an application and returns its API key, its secrets of Daraja and the SOAP Broker, and its API key of IPG v1, which are not shown again. Without `products`, every product is enabled. Without `shortcodes`, it may act for every organisation.",
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
        ipgV1: selectSecrets("ipg-v1", credentials, secrets, id) as Value<typeof ipgV1Secrets> | null,
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
      "Creates a new API key of OpenAPI v2 for an application and returns it. It is not shown again. The old key opens sessions until its overlap ends; existing sessions stay valid.",
    body: object({}, overlapFields),
    status: 201,
    response: applicationWithKey,
    errors: { 404: noSuchApplication, 409: `The application is revoked. Or: ${seedApplicationStays}` },
    async handle({ params, body }, deps) {
      return withApplication(params.id, deps, async (service, id) => {
        const { secrets, ...times } = await renew(service, id, defaultProtocol, body);
        return { ...toResponse(await service.get(id)), apiKey: secrets["apiKey"] ?? "", ...times };
      });
    },
  }),

  defineRoute({
    method: "POST",
    path: "/applications/{id}/daraja-credentials",
    summary:
      "Creates a consumer key and a consumer secret for an application and returns them. They are not shown again. The old ones get tokens until their overlap ends; existing tokens stay valid.",
    body: object({}, overlapFields),
    status: 201,
    response: renewedDarajaSecrets,
    errors: { 404: noSuchApplication, 409: `The application is revoked. Or: ${seedApplicationStays}` },
    async handle({ params, body }, deps) {
      return withApplication(params.id, deps, async (service, id) => {
        const { secrets, ...times } = await renew(service, id, getProtocol("daraja"), body);
        return { ...(secrets as Value<typeof darajaSecrets>), ...times };
      });
    },
  }),

  defineRoute({
    method: "POST",
    path: "/applications/{id}/credentials",
    summary:
      "Creates the secrets of a protocol for an application and returns them. They are not shown again. The old ones stay valid until their overlap ends. Then they are inactive: requests with them are refused, and are in the request log under them.",
    body: object({ protocol: stringEnum(protocolsWithSecrets) }, overlapFields),
    status: 201,
    response: renewedSecrets,
    errors: { 404: noSuchApplication, 409: `The application is revoked. Or: ${seedApplicationStays}` },
    async handle({ params, body }, deps) {
      return withApplication(params.id, deps, async (service, id) => {
        const { protocol } = body;
        return { protocol, ...(await renew(service, id, getProtocol(protocol), body)) };
      });
    },
  }),

  defineRoute({
    method: "POST",
    path: "/applications/{id}/ipg-v1-key",
    summary:
      "Creates a new API key of IPG v1 for an application and returns it. It is not shown again. Unless there is an overlap, the old key is inactive at once: requests with it are refused.",
    body: object({}, overlapFields),
    status: 201,
    response: renewedIpgV1Secrets,
    errors: { 404: noSuchApplication, 409: `The application is revoked. Or: ${seedApplicationStays}` },
    async handle({ params, body }, deps) {
      return withApplication(params.id, deps, async (service, id) => {
        const { secrets, ...times } = await renew(service, id, getProtocol(ipgV1Name), body);
        return { ...(secrets as Value<typeof ipgV1Secrets>), ...times };
      });
    },
  }),

  defineRoute({
    method: "POST",
    path: "/applications/{id}/soap-credentials",
    summary:
      "Creates a password of the SOAP Broker for an application, with a key and a vector for `changePassword` and a passkey of the LNMO checkout, and returns them. They are not shown again. The old ones stay valid until their overlap ends.",
    body: object({}, overlapFields),
    status: 201,
    response: renewedSoapSecrets,
    errors: { 404: noSuchApplication, 409: `The application is revoked. Or: ${seedApplicationStays}` },
    async handle({ params, body }, deps) {
      return withApplication(params.id, deps, async (service, id) => {
        const { secrets, ...times } = await renew(service, id, getProtocol("soap"), body);
        return { ...(secrets as Value<typeof soapSecrets>), ...times };
      });
    },
  }),
] as const;

/** Issues the secrets of a protocol, with its default overlap if the request has none. */
async function renew(
  service: ControlDeps["applications"],
  id: bigint,
  { name: protocol, credentials, credentialOverlapMs }: Protocol,
  { overlapSeconds }: { readonly overlapSeconds?: number },
) {
  const overlapMs = overlapSeconds === undefined ? credentialOverlapMs : overlapSeconds * msPerSecond;
  const { secrets, previousUntil: until } = await service.renewCredentials(id, credentials, { overlapMs });
  return {
    secrets: selectSecrets(protocol, credentials, secrets, id) ?? {},
    previousUntil: until?.toISOString() ?? null,
  };
}

function getProtocol(protocolName: ProtocolName): Protocol {
  const protocol = findProtocol(protocolName);
  if (protocol === undefined) throw new Error(`${protocolName} is not registered`);
  return protocol;
}

/** Calls the service with the application id in the path. Throws 404 for an unknown application, 409 if it is revoked or must stay. */
async function withApplication<T>(
  id: string,
  { applications }: ControlDeps,
  work: (service: ControlDeps["applications"], id: bigint) => Promise<T>,
): Promise<T> {
  try {
    return await work(applications, BigInt(id));
  } catch (error) {
    if (error instanceof ApplicationNotFound) throw new ApiError(404, noSuchApplication);
    if (error instanceof ApplicationRevoked || error instanceof SeedApplicationStays)
      throw new ApiError(409, error.message);
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
    ipgV1ResponseUrl: getCallbackUrl(row, ipgV1Name, responseUrlKind),
    relay: row.pullEnabled,
    revoked: row.revokedAt !== null,
  };
}
