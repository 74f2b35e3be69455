/** What a phone's page asks and does, in the sandbox and in live alike: its pictures, answers, and the menu. */
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Clock } from "../clock.ts";
import type { Answered, Phones } from "../handset/phone.ts";
import type { Market } from "../money.ts";
import type { Streams } from "./events.ts";
import { PageError } from "./guard.ts";
import type { Line, Reply, UssdSessions } from "./ussd.ts";

export interface Tools {
  readonly streams: Streams;
  readonly ussd: UssdSessions;
  readonly clock: Clock;
  readonly phones: (market: Market) => Phones;
  /** Throws 429 for a source that has had its tries. */
  readonly limit: (request: FastifyRequest) => Promise<void>;
}

/** Who is asked for; throws for whoever may not ask. */
export type Open = (request: FastifyRequest) => Promise<Line>;

const text = (maxLength: number) => ({ type: "string", maxLength }) as const;

const answerBody = {
  type: "object",
  required: ["paymentId", "says"],
  properties: {
    paymentId: text(40),
    says: { type: "string", enum: ["approve", "decline"] },
    pin: text(12),
  },
} as const;

interface AnswerBody {
  readonly paymentId: string;
  readonly says: "approve" | "decline";
  readonly pin?: string;
}

const ussdBody = {
  type: "object",
  required: ["input"],
  properties: { session: text(40), input: text(40) },
} as const;

interface UssdBody {
  /** Absent for a code that is dialled. */
  readonly session?: string;
  readonly input: string;
}

function goneIfRefused(error: unknown): null {
  if (error instanceof PageError) return null;
  throw error;
}

export function phoneRoutes(scope: FastifyInstance, base: string, open: Open, tools: Tools): void {
  const { streams, ussd, clock, limit } = tools;

  scope.get(`${base}/events`, async (request, reply) => {
    const { phones, msisdn } = await open(request);
    streams.open(request, reply, {
      clock,
      // Whoever may not look any more sees the phone gone: a device whose enrolment was ended.
      state: () => open(request).then((line) => line.phones.state(msisdn), goneIfRefused),
      watch: (changed) => phones.watch(msisdn, changed),
    });
  });

  scope.post<{ Body: AnswerBody }>(
    `${base}/answer`,
    { schema: { body: answerBody } },
    async (request): Promise<Answered> => {
      await limit(request);
      const { phones, msisdn } = await open(request);
      const { paymentId, says, pin = "" } = request.body;
      return phones.answer({ msisdn, paymentId, says, pin });
    },
  );

  scope.post<{ Body: UssdBody }>(
    `${base}/ussd`,
    { schema: { body: ussdBody } },
    async (request): Promise<Reply> => {
      const { session, input } = request.body;
      if (session !== undefined && ussd.asksForPin(session)) await limit(request);
      const line = await open(request);
      return session === undefined ? ussd.dial(line, input) : ussd.reply(line, session, input);
    },
  );
}
