/**
 * getSession: an application's API key buys a session key.
 *
 * Its only failure is `INS-989`; the description goes on to say why, in words.
 */
import { NotAnObject, type RawFields } from "../fields.ts";
import type { ProtocolDeps } from "../route.ts";
import { findMarket, type Answered, type Arrived } from "./answer.ts";
import { codeTexts, type CodeTable } from "./codes.ts";

export const getSession = {
  call: "getSession",
  title: "Generate session key",
  describes: "Exchanges an application's API key for a session key, which all other calls are made with.",
  method: "GET",
  path: "getSession",
  success: { code: "INS-0", status: 200 },
  codes: { "INS-0": 200, "INS-989": 400 } satisfies CodeTable,
  answers: {
    output_SessionID: {
      describes: "The session key. Opaque; it lives for the application's session lifetime.",
      example: "4f0d9a1c6be2473fb8f5a3d2c1e09b76",
    },
  },
} as const;

export async function answerGetSession(deps: ProtocolDeps, arrived: Arrived): Promise<Answered> {
  const id = deps.newId();
  const market = findMarket(arrived.market);
  const sent = quietly(arrived.fields);
  const ids = {
    output_ConversationID: deps.wire[arrived.environment].conversationId(id),
    output_ThirdPartyConversationID: (sent.get("input_ThirdPartyConversationID") ?? "")
      .slice(0, 100)
      .toWellFormed(),
  };
  const failed = (because: string, more?: Partial<Answered>): Answered => ({
    id,
    status: 400,
    code: "INS-989",
    body: {
      output_ResponseCode: "INS-989",
      output_ResponseDesc: `${codeTexts["INS-989"]}. ${because}`,
      output_error: because,
      ...ids,
    },
    because,
    market,
    application: null,
    sent,
    ...more,
  });

  try {
    const made = await deps.createSession(arrived.environment, arrived);
    const application = made.application ?? null;
    if ("refusedBecause" in made) return failed(made.refusedBecause, { application });
    if (market === null) return failed("The path names no market.", { application });
    return {
      id,
      status: 200,
      code: "INS-0",
      body: {
        output_ResponseCode: "INS-0",
        output_ResponseDesc: codeTexts["INS-0"],
        output_SessionID: made.sessionKey,
      },
      because: "A session was created.",
      market,
      application,
      sent,
    };
  } catch (fault) {
    return failed("The platform cannot do this at the moment. Please try again.", { fault });
  }
}

/** getSession has no parameters; what is sent all the same is only looked at for an id to echo. */
function quietly(fields: () => RawFields): RawFields {
  try {
    return fields();
  } catch (error) {
    if (error instanceof NotAnObject) return new Map();
    throw error;
  }
}
