/**
 * getSession: exchanges an application's API key for a session key.
 *
 * Its only failure is `INS-989`; the description adds the reason.
 */
import { authenticationFailures } from "../authentication/authenticate.ts";
import { BearerQueueFull } from "../../ipg/decryption-queue.ts";
import type { GatewayDeps } from "../gateway-deps.ts";
import { bearerQueueFull, findMarket, type GatewayResponse, type GatewayRequest } from "../handle-request.ts";
import { codeTexts, type CodeTable } from "../codes.ts";

export const getSession = {
  call: "getSession",
  title: "Generate session key",
  description: "Exchanges an application's API key for a session key, which every other call needs.",
  method: "GET",
  path: "getSession",
  success: { code: "INS-0", status: 200 },
  codes: { "INS-0": 200, "INS-989": 400 } satisfies CodeTable,
  response: {
    output_SessionID: {
      description: "The session key. Opaque; it is valid for the application's session lifetime.",
      example: "4f0d9a1c6be2473fb8f5a3d2c1e09b76",
    },
  },
} as const;

export async function handleGetSession(deps: GatewayDeps, request: GatewayRequest): Promise<GatewayResponse> {
  const id = deps.newId();
  const market = findMarket(request.market);
  // getSession has no parameters: the fields are read only for the id to echo.
  const { fields: rawFields } = request.readFields();
  const ids = {
    output_ConversationID: deps.identifiers[request.environment].conversationId(id),
    output_ThirdPartyConversationID: (rawFields.get("input_ThirdPartyConversationID") ?? "")
      .slice(0, 100)
      .toWellFormed(),
  };
  const buildFailure = (reason: string, overrides?: Partial<GatewayResponse>): GatewayResponse => ({
    id,
    status: 400,
    code: "INS-989",
    body: {
      output_ResponseCode: "INS-989",
      output_ResponseDesc: `${codeTexts["INS-989"]}. ${reason}`,
      output_error: reason,
      ...ids,
    },
    reason,
    market,
    application: null,
    credential: null,
    rawFields,
    ...overrides,
  });

  try {
    const created = await deps.authenticator.createSession(request.environment, request);
    const application = created.application ?? null;
    if ("failure" in created) {
      const { failure, credential = null } = created;
      return buildFailure(authenticationFailures[failure], { application, credential });
    }
    if (market === null) return buildFailure("The path names no market.", { application });
    return {
      id,
      status: 200,
      code: "INS-0",
      body: {
        output_ResponseCode: "INS-0",
        output_ResponseDesc: codeTexts["INS-0"],
        output_SessionID: created.sessionKey,
      },
      reason: "A session was created.",
      market,
      application,
      credential: created.credential,
      rawFields,
    };
  } catch (fault) {
    if (fault instanceof BearerQueueFull) return buildFailure(bearerQueueFull);
    return buildFailure("The platform cannot do this at the moment. Please try again.", { fault });
  }
}
