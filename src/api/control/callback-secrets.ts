/** The secrets that sign the callbacks of sandbox applications: shown and rotated. */
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
      retiresAt: string({ description: "When it stops signing: wall time, as ISO 8601 in UTC." }),
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
    async handle(request: RouteRequest<unknown, unknown>, deps: ControlDeps) {
      return toResponse(await deps.callbackSecrets.get(await findApplicationId(request, deps)));
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
        overlapSeconds: integer({
          minimum: 0,
          maximum: maxOverlapMs / msPerSecond,
          description: `How long the old secret also signs: default ${defaultOverlapMs / msPerSecond}, maximum ${maxOverlapMs / msPerSecond}, 0 to stop it at once.`,
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
