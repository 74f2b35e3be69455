/** The clock: what time the sandbox has, stopping it, and moving it forward. */
import { msPerSecond } from "../../core/clock.ts";
import { ClockBusy, setFrozen, type SandboxClock } from "../../sandbox/clock.ts";
import { ClockLockLost } from "../../sandbox/clock-lock.ts";
import { maxListedEvents, advanceClock, AdvanceAborted, TargetRefused } from "../../sandbox/advance-clock.ts";
import { isTransient } from "../../store/driver/connect.ts";
import { timestamp } from "./fields.ts";
import { ControlError, defineRoute } from "./route.ts";
import { boolean, array, object, nullable, string, integer } from "./schema.ts";

const clock = object({
  now: string({
    description: "The sandbox's business time, as ISO 8601 in UTC.",
    examples: ["2026-11-21T08:30:00.000Z"],
  }),
  frozen: boolean({ description: "Whether it stands still." }),
  offsetSeconds: { type: "number", description: "How far it is ahead of wall time.", examples: [259200] },
  wall: string({ description: "Wall time.", examples: ["2026-11-18T08:30:00.000Z"] }),
});

const clockEvent = object({
  at: timestamp,
  market: nullable(string({ description: "The market, or null for what belongs to none." })),
  what: string({ description: "A word for programs.", examples: ["prompt_expired"] }),
  about: string({
    description: "The TransactionID, mandate, day or application.",
    examples: ["hv9ahxcg4ccv"],
  }),
  says: string({ description: "The same for a person." }),
});

const clockBusy = "Somebody else moves the clock, or restores a snapshot.";
const advanceAborted =
  "The database cannot be reached, the server is being stopped, or something that was due could not be done: the clock went on from where it was.";

export const clockRoutes = [
  defineRoute({
    method: "GET",
    path: "/clock",
    summary: "Tells the sandbox's business time.",
    status: 200,
    response: clock,
    handle: async (_request, { clockDeps: town }) => toResponse(town.clock),
  }),

  defineRoute({
    method: "PATCH",
    path: "/clock",
    summary:
      "Stops the clock, or lets it go on from where it stands. It stops a quarter of a second ahead, so that every server agrees where.",
    body: object({ frozen: boolean({ description: "Whether it shall stand still." }) }),
    status: 200,
    response: clock,
    errors: { 409: clockBusy },
    async handle({ body }, { clockDeps: town }) {
      await setFrozen(town.main, town.clock, body.frozen).catch(rethrowClockError);
      return toResponse(town.clock);
    },
  }),

  defineRoute({
    method: "POST",
    path: "/clock/advance",
    summary: `Moves the clock forward, by \`seconds\` or to the moment \`to\`. What would have happened on the way happens, in order of time, and is listed: the answer comes when all of it is done. Whoever hangs up changes nothing. The first ${maxListedEvents} things are listed; \`count\` is how many there were.`,
    body: object(
      {},
      {
        seconds: integer({
          minimum: 1,
          description: "How many seconds; 400 days at most.",
          examples: [86400],
        }),
        to: string({
          pattern:
            "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,3})?)?(Z|[+-][0-9]{2}:[0-9]{2})$",
          description: "A moment, as ISO 8601 with its zone.",
          examples: ["2026-12-31T23:59:00Z"],
        }),
      },
    ),
    status: 200,
    response: object({
      from: timestamp,
      to: timestamp,
      events: array(clockEvent),
      count: integer({ description: "How many things happened, those that are not listed among them." }),
      truncated: boolean({ description: "Whether more happened than is listed." }),
    }),
    errors: { 409: clockBusy, 503: advanceAborted },
    async handle({ body }, { clockDeps: town }) {
      const { events, count, ...span } = await advanceClock(town, parseTarget(body)).catch(rethrowClockError);
      return {
        from: toIso(span.from),
        to: toIso(span.to),
        events: events.map(({ at, market, type, subject, message }) => ({
          at: toIso(at),
          market,
          what: type,
          about: subject,
          says: message,
        })),
        count,
        truncated: count > events.length,
      };
    },
  }),
];

function toResponse(sandboxClock: SandboxClock) {
  const { now, frozen, wall } = sandboxClock.reading();
  return { now: toIso(now), frozen, offsetSeconds: (now - wall) / msPerSecond, wall: toIso(wall) };
}

const toIso = (at: number): string => new Date(at).toISOString();

function parseTarget({ seconds, to }: { seconds?: number; to?: string }): { by: number } | { to: number } {
  if ((seconds === undefined) === (to === undefined))
    throw new ControlError(400, "Say either seconds or to.");
  if (seconds !== undefined) return { by: seconds * msPerSecond };
  const at = Date.parse(to ?? "");
  if (Number.isNaN(at)) throw new ControlError(400, "to is no moment that there is.");
  return { to: at };
}

/** What the clock refuses, in the control API's words. */
export function rethrowClockError(error: unknown): never {
  if (error instanceof ClockBusy) throw new ControlError(409, error.message);
  if (error instanceof TargetRefused) throw new ControlError(400, error.message);
  if (error instanceof AdvanceAborted || error instanceof ClockLockLost)
    throw new ControlError(503, error.message);
  if (isTransient(error)) {
    throw new ControlError(
      503,
      "The database was lost on the way. Look where the clock is before asking again.",
    );
  }
  throw error;
}
