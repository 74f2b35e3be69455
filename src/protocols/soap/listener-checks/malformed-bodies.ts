/** Malformed results of commands. */
import { createMalformedXml } from "./malformed-xml.ts";

export const malformedBodies = createMalformedXml({
  codes: ["ResultCode"],
  success: "0",
  ids: ["OriginatorConversationID", "ConversationID"],
  end: "</Result>",
});
