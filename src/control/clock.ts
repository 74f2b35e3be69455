/** The clock: what time the sandbox has, stopping it, and moving it forward. */
import { second } from "../clock.ts";
import { ClockBusy, setFrozen, type SandboxClock } from "../sandbox/clock.ts";
import { ClockLost } from "../sandbox/hold-clock.ts";
import { listedMost, moveClock, MoveEnded, TargetRefused } from "../sandbox/move-clock.ts";
import { isTransient } from "../store/connect.ts";
import { moment } from "./fields.ts";
import { ControlError, route } from "./route.ts";
import { flag, list, object, orNull, text, whole } from "./schema.ts";

const clock = object({
  now: text({
    description: "The sandbox's business time, as ISO 8601 in UTC.",
    examples: ["2026-11-21T08:30:00.000Z"],
  }),
  frozen: flag({ description: "Whether it stands still." }),
  offsetSeconds: { type: "number", description: "How far it is ahead of wall time.", examples: [259200] },
  wall: text({ description: "Wall time.", examples: ["2026-11-18T08:30:00.000Z"] }),
});

const happening = object({
  at: moment,
  market: orNull(text({ description: "The market, or null for what belongs to none." })),
  what: text({ description: "A word for programs.", examples: ["prompt_expired"] }),
  about: text({ description: "The TransactionID, mandate, day or application.", examples: ["hv9ahxcg4ccv"] }),
  says: text({ description: "The same for a person." }),
});

const busy = "Somebody else moves the clock, or restores a snapshot.";
const ended =
  "The database cannot be reached, the server is being stopped, or something that was due could not be done: the clock went on from where it was.";

export const clockRoutes = [
  route({
    method: "GET",
    path: "/clock",
    does: "Tells the sandbox's business time.",
    status: 200,
    answers: clock,
    handle: async (_asked, { town }) => shown(town.clock),
  }),

  route({
    method: "PATCH",
    path: "/clock",
    does: "Stops the clock, or lets it go on from where it stands. It stops a quarter of a second ahead, so that every server agrees where.",
    body: object({ frozen: flag({ description: "Whether it shall stand still." }) }),
    status: 200,
    answers: clock,
    fails: { 409: busy },
    async handle({ body }, { town }) {
      await setFrozen(town.main, town.clock, body.frozen).catch(explain);
      return shown(town.clock);
    },
  }),

  route({
    method: "POST",
    path: "/clock/advance",
    does: `Moves the clock forward, by \`seconds\` or to the moment \`to\`. What would have happened on the way happens, in order of time, and is listed: the answer comes when all of it is done. Whoever hangs up changes nothing. The first ${listedMost} things are listed; \`count\` is how many there were.`,
    body: object(
      {},
      {
        seconds: whole({ minimum: 1, description: "How many seconds; 400 days at most.", examples: [86400] }),
        to: text({
          pattern:
            "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,3})?)?(Z|[+-][0-9]{2}:[0-9]{2})$",
          description: "A moment, as ISO 8601 with its zone.",
          examples: ["2026-12-31T23:59:00Z"],
        }),
      },
    ),
    status: 200,
    answers: object({
      from: moment,
      to: moment,
      happened: list(happening),
      count: whole({ description: "How many things happened, those that are not listed among them." }),
      truncated: flag({ description: "Whether more happened than is listed." }),
    }),
    fails: { 409: busy, 503: ended },
    async handle({ body }, { town }) {
      const { happened, count, ...span } = await moveClock(town, targetOf(body)).catch(explain);
      return {
        from: iso(span.from),
        to: iso(span.to),
        happened: happened.map(({ at, ...rest }) => ({ at: iso(at), ...rest })),
        count,
        truncated: count > happened.length,
      };
    },
  }),
];

function shown(of: SandboxClock) {
  const { now, frozen, wall } = of.reading();
  return { now: iso(now), frozen, offsetSeconds: (now - wall) / second, wall: iso(wall) };
}

const iso = (at: number): string => new Date(at).toISOString();

function targetOf({ seconds, to }: { seconds?: number; to?: string }): { by: number } | { to: number } {
  if ((seconds === undefined) === (to === undefined))
    throw new ControlError(400, "Say either seconds or to.");
  if (seconds !== undefined) return { by: seconds * second };
  const at = Date.parse(to ?? "");
  if (Number.isNaN(at)) throw new ControlError(400, "to is no moment that there is.");
  return { to: at };
}

/** What the clock refuses, in the control API's words. */
export function explain(error: unknown): never {
  if (error instanceof ClockBusy) throw new ControlError(409, error.message);
  if (error instanceof TargetRefused) throw new ControlError(400, error.message);
  if (error instanceof MoveEnded || error instanceof ClockLost) throw new ControlError(503, error.message);
  if (isTransient(error)) {
    throw new ControlError(
      503,
      "The database was lost on the way. Look where the clock is before asking again.",
    );
  }
  throw error;
}
