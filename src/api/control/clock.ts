/** The sandbox clock: reading it, freezing it and advancing it. */
import { Type } from "typebox";
import { msPerSecond } from "../../core/clock.ts";
import { ClockBusy, setFrozen, type SandboxClock } from "../../sandbox/clock.ts";
import { ClockLockLost } from "../../sandbox/clock-lock.ts";
import {
  abortAdvance,
  AdvanceAborted,
  advanceClock,
  maxListedEvents,
  NothingToAbort,
  TargetRefused,
} from "../../sandbox/advance-clock.ts";
import { isTransient } from "../../store/driver/connect.ts";
import { object, nullable } from "../../core/schema.ts";
import { createCloseSignal } from "./close-signal.ts";
import { parseTimestamp } from "../../core/timestamps.ts";
import { timestamp } from "./fields.ts";
import { ApiError } from "../api-error.ts";
import { defineRoute } from "./route.ts";

const clock = object({
  now: Type.String({
    description: "The sandbox's business time, as ISO 8601 in UTC.",
    examples: ["2026-11-21T08:30:00.000Z"],
  }),
  frozen: Type.Boolean({ description: "Whether the clock is frozen." }),
  offsetSeconds: Type.Number({ description: "How far it is ahead of wall time.", examples: [259200] }),
  wall: Type.String({ description: "Wall time.", examples: ["2026-11-18T08:30:00.000Z"] }),
});

const clockEvent = object({
  at: timestamp,
  market: nullable(Type.String({ description: "The market, or null if the event belongs to none." })),
  what: Type.String({ description: "The type of the event.", examples: ["prompt_expired"] }),
  about: Type.String({
    description: "The TransactionID, mandate, day or application that it concerns.",
    examples: ["hv9ahxcg4ccv"],
  }),
  says: Type.String({ description: "A description for people." }),
});

const clockBusy = "The clock is being advanced, or a snapshot is being restored. Try again later.";
const advanceAborted =
  "The database is unavailable, the server is stopping, or due work failed. The clock runs on from where it stopped. Read it before you try again.";

export const clockRoutes = [
  defineRoute({
    method: "GET",
    path: "/clock",
    summary: "Returns the business time of the sandbox.",
    status: 200,
    response: clock,
    handle: async (_request, { clockDeps }) => toResponse(clockDeps.clock),
  }),

  defineRoute({
    method: "PATCH",
    path: "/clock",
    summary:
      "Freezes the clock, or lets it run on. It freezes a quarter of a second ahead, so that all servers freeze at the same time.",
    body: object({ frozen: Type.Boolean({ description: "Whether to freeze the clock." }) }),
    status: 200,
    response: clock,
    errors: { 409: clockBusy },
    async handle({ body }, { clockDeps }) {
      await setFrozen(clockDeps.main, clockDeps.clock, body.frozen).catch(rethrowClockError);
      return toResponse(clockDeps.clock);
    },
  }),

  defineRoute({
    method: "POST",
    path: "/clock/advance",
    waits: true,
    summary: `Advances the clock by \`seconds\` or to the time \`to\`. Everything that is due in between happens in order of time, such as expiries and callback retries. The response comes when all of it is done, and lists the first ${maxListedEvents} events; \`count\` is the number of all. Closing the connection ends the advance: the clock stays at the time that it has reached, or runs on from there.`,
    body: object(
      {},
      {
        seconds: Type.Integer({
          minimum: 1,
          description: "The number of seconds; at most 400 days.",
          examples: [86400],
        }),
        to: Type.String({
          pattern:
            "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,3})?)?(Z|[+-][0-9]{2}:[0-9]{2})$",
          description: "A time, as ISO 8601 with a time zone.",
          examples: ["2026-12-31T23:59:00Z"],
        }),
      },
    ),
    status: 200,
    response: object({
      from: timestamp,
      to: timestamp,
      events: Type.Array(clockEvent),
      count: Type.Integer({ description: "The number of all events, listed or not." }),
      truncated: Type.Boolean({ description: "Whether there were more events than are listed." }),
    }),
    errors: { 409: `${clockBusy} Or: another client aborted the advance.`, 503: advanceAborted },
    async handle({ body }, { clockDeps }, reply) {
      const closed = createCloseSignal(reply);
      const { events, count, ...span } = await advanceClock(clockDeps, parseTarget(body), closed).catch(
        rethrowClockError,
      );
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

  defineRoute({
    method: "POST",
    path: "/clock/abort",
    waits: true,
    summary:
      "Ends the advance that is under way, whichever client and server started it. The clock keeps the time that it has reached; work that was due before is done, and the rest stays due. The response comes when the advance has ended.",
    status: 200,
    response: clock,
    errors: { 409: "The clock is not being advanced." },
    async handle(_request, { clockDeps }) {
      await abortAdvance(clockDeps).catch(rethrowClockError);
      return toResponse(clockDeps.clock);
    },
  }),
] as const;

function toResponse(sandboxClock: SandboxClock) {
  const { now, frozen, wall } = sandboxClock.reading();
  return { now: toIso(now), frozen, offsetSeconds: (now - wall) / msPerSecond, wall: toIso(wall) };
}

const toIso = (at: number): string => new Date(at).toISOString();

function parseTarget({ seconds, to }: { seconds?: number; to?: string }): { by: number } | { to: number } {
  if ((seconds === undefined) === (to === undefined))
    throw new ApiError(400, "Send either seconds or to, and not both.");
  if (seconds !== undefined) return { by: seconds * msPerSecond };
  const at = parseTimestamp(to ?? "");
  if (at === null) throw new ApiError(400, "to is not a valid time.");
  return { to: at };
}

/** Converts errors of the clock to `ApiError`. */
export function rethrowClockError(error: unknown): never {
  if (error instanceof ClockBusy || error instanceof NothingToAbort) throw new ApiError(409, error.message);
  if (error instanceof TargetRefused) throw new ApiError(400, error.message);
  if (error instanceof AdvanceAborted && error.byClient) throw new ApiError(409, error.message);
  if (error instanceof AdvanceAborted || error instanceof ClockLockLost)
    throw new ApiError(503, error.message);
  if (isTransient(error)) {
    throw new ApiError(
      503,
      "The connection to the database was lost during the advance. Read the clock before you try again.",
    );
  }
  throw error;
}
