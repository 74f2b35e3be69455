/** The acknowledgement of a callback, as M-Pesa documents it. */
import { jsonResponse } from "../../webhooks/json-response.ts";
import { fieldNames, type CallbackEvent } from "./event.ts";

/** `0` for payments, `INS-0` for queryMandate, `INS-GAR-0` for commit and release. */
export type AcknowledgementCode = "0" | "INS-0" | "INS-GAR-0";

export function buildAcknowledgement(
  event: CallbackEvent,
  code: AcknowledgementCode = acknowledgementCodeFor(event),
): Response {
  return jsonResponse(200, {
    output_OriginalConversationID: event.conversationId,
    output_ResponseCode: code,
    output_ResponseDesc: "Successfully Accepted Result",
    output_ThirdPartyConversationID: event.reference,
  });
}

/**
 * The code that the call expects. The callback does not always show which call it was: a refused commit or release
 * looks like a refused payment, and gets the same code.
 */
export function acknowledgementCodeFor({ code, fields }: CallbackEvent): AcknowledgementCode {
  if (fieldNames(fields) === "Response") return "INS-0";
  return code === "INS-GAR-0" ? "INS-GAR-0" : "0";
}
