/** Builds what the portal's API works on: the sandbox's functions, and small pools of its own for what it reads. */
import type { FastifyInstance } from "fastify";
import type { ControlDeps } from "../api/control/route.ts";
import type { PortalDeps, ReceivedResponse, SentRequest } from "../api/portal/route.ts";
import { railFor, type Rail } from "../core/rails.ts";
import { issueAccessToken } from "../developers/access-tokens.ts";
import { version } from "../core/version.ts";
import { createApplicationService } from "../developers/application-service.ts";
import type { Sql } from "../store/driver/connect.ts";
import { locateLog } from "./record-request.ts";
import type { RouteParts } from "./route-parts.ts";

export function createPortalDeps(app: FastifyInstance, parts: RouteParts, sandbox: ControlDeps): PortalDeps {
  const { options, applications, keys } = parts;
  const { stores, secretKey, config } = options;
  const rail = ({ name }: Rail): Sql => stores.rails.get(name)?.portal ?? stores.mainPortal;
  return {
    allowedHosts: options.controlHosts,
    localTools: config.localTools,
    version,
    sandbox,
    applications: (actor) =>
      createApplicationService({
        sql: stores.mainPortal,
        environment: "sandbox",
        actor,
        refresh: () => applications.refresh(),
        readSecretKey: () => secretKey,
      }),
    issueAccessToken: (request) => issueAccessToken(stores.mainPortal, request),
    publicKey: keys.sandbox.publicKey,
    sendToGateway: (request) => sendToGateway(app, request),
    main: stores.mainPortal,
    rail,
    findRequestLog: (market) => ({
      sql: market === null ? stores.mainPortal : rail(railFor("sandbox", market)),
      hashKey: locateLog(stores, keys, market === null ? null : railFor("sandbox", market).name).hashKey,
      hasPayments: market !== null,
    }),
  };
}

/** Through all of the server's routes, but not through a socket: the server need not know its own address. */
async function sendToGateway(
  app: FastifyInstance,
  { method, url, headers, body }: SentRequest,
): Promise<ReceivedResponse> {
  const startedAt = performance.now();
  const response = await app.inject({
    method: method as "GET" | "POST" | "PUT",
    url,
    headers,
    remoteAddress: "127.0.0.1",
    ...(body === "" ? {} : { payload: body }),
  });
  return {
    status: response.statusCode,
    headers: Object.fromEntries(
      Object.entries(response.headers).map(([name, value]) => [name, String(value)]),
    ),
    body: response.body,
    tookMs: performance.now() - startedAt,
  };
}
