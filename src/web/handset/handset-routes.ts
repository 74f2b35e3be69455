/** Routes of a handset page, in the sandbox and in live: the event stream, answers to prompts, the USSD menu. */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { Type, type Static } from "typebox";
import type { Clock } from "../../core/clock.ts";
import type { BlockResult, ReplyResult, HandsetService } from "../../handset/handset-api.ts";
import type { Market } from "../../core/markets.ts";
import { stringEnum } from "../../core/schema.ts";
import type { EventStreams } from "./events.ts";
import { PageError } from "./access-control.ts";
import type { HandsetConnection, UssdResponse, UssdSessions } from "./ussd-sessions.ts";

export interface RouteDeps {
  readonly streams: EventStreams;
  readonly ussd: UssdSessions;
  readonly clock: Clock;
  readonly handsets: (market: Market) => HandsetService;
  /** Throws 429 if the client has made too many requests. */
  readonly checkRateLimit: (request: FastifyRequest) => Promise<void>;
  /** The same for dialled codes, which anyone may send in the sandbox. */
  readonly checkDialLimit: (request: FastifyRequest) => Promise<void>;
}

/** Finds the handset of a request. Throws if the client has no access to it. */
export type ResolveHandset = (request: FastifyRequest) => Promise<HandsetConnection>;

const answerBody = Type.Object({
  paymentId: Type.String({ maxLength: 40 }),
  says: stringEnum(["approve", "decline"]),
  pin: Type.Optional(Type.String({ maxLength: 12 })),
});

const blockBody = Type.Object({ shortcode: Type.String({ maxLength: 12 }) });

const ussdBody = Type.Object({
  /** Absent when a code is dialled. */
  session: Type.Optional(Type.String({ maxLength: 40 })),
  input: Type.String({ maxLength: 40 }),
});

function nullIfDenied(error: unknown): null {
  if (error instanceof PageError) return null;
  throw error;
}

export function registerHandsetRoutes(
  scope: FastifyInstance,
  base: string,
  resolveHandset: ResolveHandset,
  deps: RouteDeps,
): void {
  const { streams, ussd, clock, checkRateLimit, checkDialLimit } = deps;

  scope.get(`${base}/events`, { config: { waits: true } }, async (request, reply) => {
    const { handsets, msisdn } = await resolveHandset(request);
    streams.open(request, reply, {
      clock,
      // Access is checked for each state: a device whose enrolment was revoked sees the handset disappear.
      state: () =>
        resolveHandset(request).then((connection) => connection.handsets.getState(msisdn), nullIfDenied),
      watch: (onChange) => handsets.watch(msisdn, onChange),
    });
  });

  scope.post<{ Body: Static<typeof answerBody> }>(
    `${base}/answer`,
    { schema: { body: answerBody } },
    async (request): Promise<ReplyResult> => {
      await checkRateLimit(request);
      const { handsets, msisdn } = await resolveHandset(request);
      const { paymentId, says: customerReply, pin = "" } = request.body;
      return handsets.answerPrompt({ msisdn, paymentId, reply: customerReply, pin });
    },
  );

  // As declining, it needs no PIN. Unblocking does, in the menu.
  scope.post<{ Body: Static<typeof blockBody> }>(
    `${base}/block`,
    { schema: { body: blockBody } },
    async (request): Promise<Pick<BlockResult, "outcome">> => {
      await checkRateLimit(request);
      const { handsets, msisdn } = await resolveHandset(request);
      const { outcome } = await handsets.block(msisdn, request.body.shortcode);
      return { outcome };
    },
  );

  scope.post<{ Body: Static<typeof ussdBody> }>(
    `${base}/ussd`,
    { schema: { body: ussdBody } },
    async (request): Promise<UssdResponse> => {
      const { session, input } = request.body;
      if (session === undefined) await checkDialLimit(request);
      else if (ussd.expectsPin(session)) await checkRateLimit(request);
      const connection = await resolveHandset(request);
      return session === undefined
        ? ussd.dial(connection, input)
        : ussd.sendInput(connection, session, input);
    },
  );
}
