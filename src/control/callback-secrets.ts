/** What a sandbox application's callbacks are signed with: shown, and replaced. */
import { overlapByDefaultMs, overlapMaxMs, type CallbackSecret } from "../callbacks/signing.ts";
import { second } from "../clock.ts";
import { readApplication } from "../store/directory.ts";
import { ControlError, route, type Asked, type ControlDeps } from "./route.ts";
import { list, object, text, whole } from "./schema.ts";

const secrets = object({
  secret: text({
    description: "The current secret.",
    examples: ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw0y3z1OWVZ3c="],
  }),
  retiring: list(
    object({
      secret: text({}),
      retiresAt: text({ description: "Until when it signs along: wall time, as ISO 8601 in UTC." }),
    }),
    { description: "Those before it, the youngest first." },
  ),
});

const noSuchApplication = "The sandbox has no such application.";

export const callbackSecretRoutes = [
  route({
    method: "GET",
    path: "/applications/{id}/callback-secret",
    does: "Shows what an application's callbacks are signed with, by the Standard Webhooks scheme.",
    status: 200,
    answers: secrets,
    fails: { 404: noSuchApplication },
    async handle(asked: Asked<unknown, unknown>, deps: ControlDeps) {
      return shown(await deps.callbackSecrets.of(await idIn(asked, deps)));
    },
  }),

  route({
    method: "POST",
    path: "/applications/{id}/callback-secret/rotate",
    does: "Gives an application a new secret for its callbacks. The one before signs along for a while, so that the listener has time to learn the new one.",
    body: object(
      {},
      {
        overlapSeconds: whole({
          minimum: 0,
          maximum: overlapMaxMs / second,
          description: `How long the one before signs along: ${overlapByDefaultMs / second} if nothing is said, ${overlapMaxMs / second} at most, 0 not at all.`,
        }),
      },
    ),
    status: 200,
    answers: secrets,
    fails: { 404: noSuchApplication },
    async handle(asked, deps) {
      const overlapMs = (asked.body.overlapSeconds ?? overlapByDefaultMs / second) * second;
      const rotated = await deps.callbackSecrets.rotate(await idIn(asked, deps), overlapMs);
      await deps.refreshDirectory();
      return shown(rotated);
    },
  }),
];

async function idIn(asked: Asked<unknown, unknown>, { main }: ControlDeps): Promise<bigint> {
  const id = asked.part("id");
  const row = /^\d{1,18}$/.test(id) ? await readApplication(main, BigInt(id)) : undefined;
  if (row?.environment !== "sandbox") throw new ControlError(404, noSuchApplication);
  return row.id;
}

function shown([current, ...retiring]: readonly CallbackSecret[]) {
  return {
    secret: current?.secret ?? "",
    retiring: retiring.map(({ secret, retiresAt }) => ({
      secret,
      retiresAt: retiresAt?.toISOString() ?? "",
    })),
  };
}
