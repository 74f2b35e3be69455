/**
 * Example requests and responses, built from the tables' examples.
 *
 * In Ghana's sandbox each request succeeds once, unchanged: most use the scenario customer, whose balance is always
 * sufficient, and a second call with the same ThirdPartyConversationID is a duplicate.
 */
import { markets, type Market } from "../../core/markets.ts";
import type { Operation } from "./operation.ts";

export function examplePayload(operation: Operation, market: Market = "vodafoneGHA"): Record<string, string> {
  const { country, currency } = markets[market];
  const marketValues: Readonly<Record<string, string>> = { input_Country: country, input_Currency: currency };
  return Object.fromEntries(
    Object.entries(operation.parameters).map(([name, { example }]) => [name, marketValues[name] ?? example]),
  );
}

/** The example conversation id in all documentation. */
export const exampleConversationId = "fd1e9143d22544459f7c66e1860ef276";

/** The example response to a call's example request. */
export function exampleResponse(operation: Operation): Record<string, string> {
  return {
    output_ResponseCode: operation.success.code,
    output_ResponseDesc: "Request processed successfully",
    ...Object.fromEntries(Object.entries(operation.response).map(([name, { example }]) => [name, example])),
    output_ConversationID: exampleConversationId,
    output_ThirdPartyConversationID: operation.parameters["input_ThirdPartyConversationID"]?.example ?? "",
  };
}
