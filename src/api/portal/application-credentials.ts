/** The credentials of an application: listed with their traffic, renewed with an overlap, ended. */
import { Type } from "typebox";
import { msPerDay, msPerMinute, msPerSecond } from "../../core/clock.ts";
import { maxOverlapMs } from "../../core/credential-overlap.ts";
import { marketNames } from "../../core/markets.ts";
import { nullable, object, stringEnum } from "../../core/schema.ts";
import type { CredentialRow } from "../../developers/application-service.ts";
import { findRequests } from "../../developers/request-log/reader.ts";
import { findProtocol, protocols } from "../../protocols/registry.ts";
import { ApiError } from "../api-error.ts";
import { groupSecrets, issuedSecrets, protocolField } from "./issued-secrets.ts";
import { withOwnApplication } from "./own-applications.ts";
import { noSuchApplication } from "./own-objects.ts";
import { readTraffic, type Traffic } from "./read-traffic.ts";
import { defineRoute, type DeveloperContext } from "./route.ts";

/** How many inactive credentials of a protocol are listed: the newest. */
const maxInactive = 50;
/** Callers are counted among this many of the newest requests of a market. */
const maxRequests = 200;

const credential = object({
  id: Type.String(),
  kind: Type.String({ description: "Such as `api_key`." }),
  hint: Type.String({ description: "Its last characters." }),
  state: stringEnum(["active", "retiring", "inactive"]),
  createdAt: Type.String({ format: "date-time" }),
  retiresAt: nullable(Type.String({ format: "date-time" })),
  endedAt: nullable(Type.String({ format: "date-time" })),
  isLogged: Type.Boolean({ description: "Whether requests are logged under it." }),
  lastUsedAt: nullable(Type.String({ format: "date-time" })),
  requests: Type.Integer({ description: "In the last 24 hours." }),
  percent: Type.Integer({
    description: "Its share of the requests of the application in the last 24 hours.",
  }),
  callers: nullable(
    Type.Integer({ description: "Of a retiring one: how many addresses used it in the last 24 hours." }),
  ),
});

const protocolCredentials = object({
  protocol: protocolField,
  title: Type.String(),
  defaultOverlapSeconds: Type.Integer(),
  publicNames: Type.Array(object({ name: Type.String(), value: Type.String() })),
  credentials: Type.Array(credential),
});

export const applicationCredentialRoutes = [
  defineRoute({
    method: "GET",
    path: "/applications/{id}/credentials",
    summary:
      "Lists the credentials of an application by protocol and kind, the newest first, with their use. Inactive ones stay listed.",
    status: 200,
    response: object({ protocols: Type.Array(protocolCredentials), requests: Type.Integer() }),
    errors: { 404: noSuchApplication },
    handle: ({ params }, context) =>
      withOwnApplication(context, params.id, async (service, { id }) => {
        const [rows, traffic] = await Promise.all([
          service.listCredentials(id),
          readTraffic(context.deps, [id], marketNames),
        ]);
        const use = await Promise.all(
          rows.map(async (row): Promise<CredentialUse> => ({
            row,
            traffic: traffic.filter(({ credentialId }) => credentialId === row.id),
            callers: row.state === "retiring" ? await countCallers(context, row, traffic) : null,
          })),
        );
        const requests = traffic.reduce((sum, entry) => sum + entry.requests, 0);
        return { requests, protocols: groupByProtocol(id, use, requests) };
      }),
  }),

  defineRoute({
    method: "POST",
    path: "/applications/{id}/credentials",
    summary:
      "Creates other secrets of a protocol and returns them. They are not shown again. The old ones stay valid until their overlap ends.",
    body: object(
      { protocol: protocolField },
      {
        overlapSeconds: Type.Integer({
          minimum: 0,
          maximum: maxOverlapMs / msPerSecond,
          description: `How long the old ones stay valid, in seconds: 0 to ${maxOverlapMs / msPerSecond}.`,
        }),
      },
    ),
    status: 201,
    response: issuedSecrets,
    errors: { 404: noSuchApplication, 409: "The application is revoked, or the sandbox's own." },
    handle: ({ params, body }, context) =>
      withOwnApplication(context, params.id, async (service, { id }) => {
        const protocol = findProtocol(body.protocol);
        if (protocol === undefined) throw new Error(`${body.protocol} is not registered`);
        const { credentials, credentialOverlapMs } = protocol;
        const { overlapSeconds } = body;
        const overlapMs = overlapSeconds === undefined ? credentialOverlapMs : overlapSeconds * msPerSecond;
        const renewed = await service.renewCredentials(id, credentials, { overlapMs });
        const [group] = groupSecrets(credentials, renewed.secrets, id, renewed.previousUntil);
        if (group === undefined) throw new Error("a protocol has credentials");
        return group;
      }),
  }),

  defineRoute({
    method: "DELETE",
    path: "/applications/{id}/credentials/{credential}",
    summary:
      "Ends a credential whose overlap still runs, with the others that were renewed with it. The sessions that were opened with them end too.",
    status: 204,
    errors: { 404: "The application has no credential with this number.", 409: "It is not retiring." },
    async handle({ params }, context) {
      await withOwnApplication(context, params.id, async (service, { id }) => {
        const rows = await service.listCredentials(id);
        const row = rows.find(({ id: own }) => own === BigInt(params.credential));
        if (row === undefined || row.protocol === null)
          throw new ApiError(404, "The application has no credential with this number.");
        if (row.state === "active")
          throw new ApiError(409, "It is the current one. Renew it first; then the old one can be revoked.");
        // It may have ended since the page was loaded: then there is nothing left to do.
        if (row.state === "retiring") await service.endRetiring(id, row.protocol);
      });
    },
  }),
] as const;

interface CredentialUse {
  readonly row: CredentialRow;
  readonly traffic: readonly Traffic[];
  readonly callers: number | null;
}

function groupByProtocol(applicationId: bigint, use: readonly CredentialUse[], requests: number) {
  return protocols.flatMap(({ name, title, credentials, credentialOverlapMs, getPublicNames }) => {
    const order = credentials.map(({ kind }) => kind);
    const own = use
      .filter(({ row }) => row.protocol === name)
      .sort((a, b) => order.indexOf(a.row.kind) - order.indexOf(b.row.kind));
    if (own.length === 0) return [];
    const current = own.filter(({ row }) => row.state !== "inactive");
    const inactive = own.filter(({ row }) => row.state === "inactive").slice(0, maxInactive);
    return [
      {
        protocol: name,
        title,
        defaultOverlapSeconds: credentialOverlapMs / msPerSecond,
        publicNames: Object.entries(getPublicNames?.(applicationId) ?? {}).map(([key, value]) => ({
          name: key,
          value,
        })),
        credentials: [...current, ...inactive].map((each) =>
          toCredential(each, requests, credentials[0].kind),
        ),
      },
    ];
  });
}

function toCredential({ row, traffic, callers }: CredentialUse, allRequests: number, mainKind: string) {
  const requests = traffic.reduce((sum, entry) => sum + entry.requests, 0);
  const lastAt = Math.max(...traffic.map((entry) => entry.lastAt));
  return {
    id: row.id.toString(),
    kind: row.kind,
    hint: row.hint,
    state: row.state,
    createdAt: row.createdAt.toISOString(),
    retiresAt: row.retiresAt?.toISOString() ?? null,
    endedAt: row.endedAt?.toISOString() ?? null,
    isLogged: row.kind === mainKind || traffic.length > 0,
    lastUsedAt: traffic.length === 0 ? null : new Date(lastAt * msPerMinute).toISOString(),
    requests,
    percent: allRequests === 0 ? 0 : Math.round((requests * 100) / allRequests),
    callers,
  };
}

/** The addresses among the newest requests of the last 24 hours. */
async function countCallers(
  { deps }: DeveloperContext,
  { id }: CredentialRow,
  traffic: readonly Traffic[],
): Promise<number> {
  const used = traffic.filter(({ credentialId, requests }) => credentialId === id && requests > 0);
  const requestsByMarket = await Promise.all(
    used.map(({ market }) =>
      findRequests(deps.findRequestLog(market), {
        environment: "sandbox",
        applicationIds: null,
        credentialId: id,
        protocol: null,
        operation: null,
        code: null,
        httpStatus: null,
        before: null,
        from: Date.now() - msPerDay,
        until: null,
        reference: null,
        name: null,
        namedIds: [],
        msisdn: null,
        limit: maxRequests,
      }),
    ),
  );
  return new Set(requestsByMarket.flat().map(({ source }) => source)).size;
}
