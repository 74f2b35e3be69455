/** The secret that signs an application's callbacks, and whether a program collects them. */
import { Type } from "typebox";
import type { CallbackSecret } from "../../callbacks/signing.ts";
import { msPerSecond } from "../../core/clock.ts";
import { defaultOverlapMs, maxOverlapMs } from "../../core/credential-overlap.ts";
import { marketNames } from "../../core/markets.ts";
import { object } from "../../core/schema.ts";
import { assertNotRevoked, withOwnApplication } from "./own-applications.ts";
import { getOwnApplication, noSuchApplication } from "./own-objects.ts";
import { defineRoute } from "./route.ts";

const secretsResponse = object({
  secret: Type.String({ description: "The current secret." }),
  retiring: Type.Array(object({ secret: Type.String(), retiresAt: Type.String({ format: "date-time" }) }), {
    description: "Earlier secrets that still sign, the newest first.",
  }),
});

export const callbackSecretRoutes = [
  defineRoute({
    method: "GET",
    path: "/applications/{id}/callback-secret",
    summary: "Returns the secrets that sign an application's callbacks, by the Standard Webhooks scheme.",
    status: 200,
    response: secretsResponse,
    errors: { 404: noSuchApplication },
    async handle({ params }, context) {
      const { id } = await getOwnApplication(context, params.id);
      return toResponse(await context.deps.sandbox.callbackSecrets.get(id));
    },
  }),

  defineRoute({
    method: "POST",
    path: "/applications/{id}/callback-secret",
    summary: "Creates a new callback secret. The old one also signs until its overlap ends.",
    body: object(
      {},
      {
        overlapSeconds: Type.Integer({
          minimum: 0,
          maximum: maxOverlapMs / msPerSecond,
          description: `How long the old secret also signs: default ${defaultOverlapMs / msPerSecond}.`,
        }),
      },
    ),
    status: 201,
    response: secretsResponse,
    errors: { 404: noSuchApplication, 409: "The application is revoked." },
    handle: ({ params, body }, context) =>
      withOwnApplication(context, params.id, async (service, row) => {
        assertNotRevoked(row);
        const { callbackSecrets, refreshApplicationCache } = context.deps.sandbox;
        const overlapMs = (body.overlapSeconds ?? defaultOverlapMs / msPerSecond) * msPerSecond;
        const rotated = await callbackSecrets.rotate(row.id, overlapMs, (tx) =>
          service.recordRotation(tx, row.id, overlapMs),
        );
        await refreshApplicationCache();
        return toResponse(rotated);
      }),
  }),

  defineRoute({
    method: "GET",
    path: "/applications/{id}/pull-delivery",
    summary:
      "Returns whether `pesarail listen` collects an application's callbacks, and how many wait for it.",
    status: 200,
    response: object({ enabled: Type.Boolean(), waiting: Type.Integer() }),
    errors: { 404: noSuchApplication },
    async handle({ params }, context) {
      const { id, pullEnabled } = await getOwnApplication(context, params.id);
      const { callbacks } = context.deps.sandbox;
      const counts = pullEnabled
        ? await Promise.all(marketNames.map((market) => callbacks(market).pullQueue.countWaiting(id)))
        : [];
      return { enabled: pullEnabled, waiting: counts.reduce((sum, count) => sum + count, 0) };
    },
  }),
] as const;

const toResponse = ([current, ...retiring]: readonly CallbackSecret[]) => ({
  secret: current?.secret ?? "",
  retiring: retiring.map(({ secret, retiresAt }) => ({ secret, retiresAt: retiresAt?.toISOString() ?? "" })),
});
