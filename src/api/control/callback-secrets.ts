/** The secrets that sign the callbacks of sandbox applications: shown and rotated. */
import { Type } from "typebox";
import type { CallbackSecret } from "../../callbacks/signing.ts";
import { msPerSecond } from "../../core/clock.ts";
import { defaultOverlapMs, maxOverlapMs } from "../../core/credential-overlap.ts";
import { readApplication } from "../../store/main/applications.ts";
import { object } from "../../core/schema.ts";
import { ApiError } from "../api-error.ts";
import { defineRoute, type ControlDeps } from "./route.ts";

const secretsResponse = object({
  secret: Type.String({
    description: "The current secret.",
    examples: ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw0y3z1OWVZ3c="],
  }),
  retiring: Type.Array(
    object({
      secret: Type.String(),
      retiresAt: Type.String({ description: "When it stops signing: wall time, as ISO 8601 in UTC." }),
    }),
    { description: "Earlier secrets that still sign, newest first." },
  ),
});

const noSuchApplication = "No sandbox application has this id.";

export const callbackSecretRoutes = [
  defineRoute({
    method: "GET",
    path: "/applications/{id}/callback-secret",
    summary: "Returns the secrets that sign an application's callbacks, by the Standard Webhooks scheme.",
    status: 200,
    response: secretsResponse,
    errors: { 404: noSuchApplication },
    async handle({ params }, deps) {
      return toResponse(await deps.callbackSecrets.get(await findApplicationId(params.id, deps)));
    },
  }),

  defineRoute({
    method: "POST",
    path: "/applications/{id}/callback-secret/rotate",
    summary:
      "Creates a new callback secret for an application. The old one also signs for a while, so that the listener can be updated without a gap.",
    body: object(
      {},
      {
        overlapSeconds: Type.Integer({
          minimum: 0,
          maximum: maxOverlapMs / msPerSecond,
          description: `How long the old secret also signs: default ${defaultOverlapMs / msPerSecond}, maximum ${maxOverlapMs / msPerSecond}, 0 to stop it at once.`,
        }),
      },
    ),
    status: 200,
    response: secretsResponse,
    errors: { 404: noSuchApplication },
    async handle({ params, body }, deps) {
      const overlapMs = (body.overlapSeconds ?? defaultOverlapMs / msPerSecond) * msPerSecond;
      const id = await findApplicationId(params.id, deps);
      const rotated = await deps.callbackSecrets.rotate(id, overlapMs, (tx) =>
        deps.applications.recordRotation(tx, id, overlapMs),
      );
      await deps.refreshApplicationCache();
      return toResponse(rotated);
    },
  }),
] as const;

async function findApplicationId(id: string, { main }: ControlDeps): Promise<bigint> {
  const row = await readApplication(main, BigInt(id));
  if (row?.environment !== "sandbox") throw new ApiError(404, noSuchApplication);
  return row.id;
}

function toResponse([current, ...retiring]: readonly CallbackSecret[]) {
  return {
    secret: current?.secret ?? "",
    retiring: retiring.map(({ secret, retiresAt }) => ({
      secret,
      retiresAt: retiresAt?.toISOString() ?? "",
    })),
  };
}
