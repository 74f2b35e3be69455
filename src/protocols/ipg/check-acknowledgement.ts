/** Checks a listener's acknowledgement of a callback. */

/** What differs from the documented acknowledgement, or null. Any response with a 2xx status still counts as one. */
export function checkAcknowledgement(
  body: string,
  acknowledgementCode: string,
  conversationId: string,
): string | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.trim());
  } catch {
    return body.trim() === "" ? "The response has no body." : "The response body is not JSON.";
  }
  if (typeof parsed !== "object" || parsed === null) return "The response body is not a JSON object.";
  const fields = parsed as Readonly<Record<string, unknown>>;
  const code = fields["output_ResponseCode"];
  if (code === undefined) return "The response has no output_ResponseCode.";
  if (code !== acknowledgementCode) return `output_ResponseCode is not ${acknowledgementCode}.`;
  const acknowledgedId = fields["output_OriginalConversationID"];
  if (acknowledgedId === undefined) return "The response has no output_OriginalConversationID.";
  return acknowledgedId === conversationId
    ? null
    : "output_OriginalConversationID belongs to another request.";
}
