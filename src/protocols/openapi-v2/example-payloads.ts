/**
 * Sample packets, made of the parameters' examples.
 *
 * In Ghana's sandbox each of them succeeds as it stands, once: most name the scenario customer, who never
 * runs dry, and a second call with the same ThirdPartyConversationID would be a duplicate.
 */
import { markets, type Market } from "../../core/money.ts";
import type { Operation } from "./operation.ts";

export function examplePayload(operation: Operation, market: Market = "vodafoneGHA"): Record<string, string> {
  const { country, currency } = markets[market];
  const marketValues: Readonly<Record<string, string>> = { input_Country: country, input_Currency: currency };
  return Object.fromEntries(
    Object.entries(operation.parameters).map(([name, { example }]) => [name, marketValues[name] ?? example]),
  );
}

/** The example of an answer's conversation id, wherever one is shown. */
export const exampleConversationId = "fd1e9143d22544459f7c66e1860ef276";

/** The answer to a call's sample packet, as documentation shows it. */
export function exampleResponse(operation: Operation): Record<string, string> {
  return {
    output_ResponseCode: operation.success.code,
    output_ResponseDesc: "Request processed successfully",
    ...Object.fromEntries(Object.entries(operation.response).map(([name, { example }]) => [name, example])),
    output_ConversationID: exampleConversationId,
    output_ThirdPartyConversationID: operation.parameters["input_ThirdPartyConversationID"]?.example ?? "",
  };
}
