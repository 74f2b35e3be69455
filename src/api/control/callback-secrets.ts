/** What a sandbox application's callbacks are signed with: shown, and replaced. */
import { defaultOverlapMs, maxOverlapMs, type CallbackSecret } from "../../callbacks/signing.ts";
import { msPerSecond } from "../../core/clock.ts";
import { readApplication } from "../../store/main/applications.ts";
import { ControlError, defineRoute, type RouteRequest, type ControlDeps } from "./route.ts";
import { array, object, string, integer } from "./schema.ts";

const secretsResponse = object({
  secret: string({
    description: "The current secret.",
    examples: ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw0y3z1OWVZ3c="],
  }),
  retiring: array(
    object({
      secret: string({}),
      retiresAt: string({ description: "Until when it signs along: wall time, as ISO 8601 in UTC." }),
    }),
    { description: "Those before it, the youngest first." },
  ),
});

const noSuchApplication = "The sandbox has no such application.";

export const callbackSecretRoutes = [
  defineRoute({
    method: "GET",
    path: "/applications/{id}/callback-secret",
    summary: "Shows what an application's callbacks are signed with, by the Standard Webhooks scheme.",
    status: 200,
    response: secretsResponse,
    errors: { 404: noSuchApplication },
    async handle(request: RouteRequest<unknown, unknown>, deps: ControlDeps) {
      return toResponse(await deps.callbackSecrets.get(await findApplicationId(request, deps)));
    },
  }),

  defineRoute({
    method: "POST",
    path: "/applications/{id}/callback-secret/rotate",
    summary:
      "Gives an application a new secret for its callbacks. The one before signs along for a while, so that the listener has time to learn the new one.",
    body: object(
      {},
      {
        overlapSeconds: integer({
          minimum: 0,
          maximum: maxOverlapMs / msPerSecond,
          description: `How long the one before signs along: ${defaultOverlapMs / msPerSecond} if nothing is said, ${maxOverlapMs / msPerSecond} at most, 0 not at all.`,
        }),
      },
    ),
    status: 200,
    response: secretsResponse,
    errors: { 404: noSuchApplication },
    async handle(request, deps) {
      const overlapMs = (request.body.overlapSeconds ?? defaultOverlapMs / msPerSecond) * msPerSecond;
      const rotated = await deps.callbackSecrets.rotate(await findApplicationId(request, deps), overlapMs);
      await deps.refreshApplicationCache();
      return toResponse(rotated);
    },
  }),
];

async function findApplicationId(
  request: RouteRequest<unknown, unknown>,
  { main }: ControlDeps,
): Promise<bigint> {
  const id = request.param("id");
  const row = /^\d{1,18}$/.test(id) ? await readApplication(main, BigInt(id)) : undefined;
  if (row?.environment !== "sandbox") throw new ControlError(404, noSuchApplication);
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
