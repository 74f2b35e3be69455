/** Callbacks in `openapi.json`: the request to the listener, and its acknowledgement. */
import { acknowledgementFields, callbackSuccessCode, listCallbackFields } from "./callback-payload.ts";
import { exampleConversationId } from "./example-payloads.ts";
import type { IpgV1Operation } from "./operation.ts";

const stringProperties = (names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, { type: "string" }]));

export function describeCallback(operation: IpgV1Operation): object {
  const names = listCallbackFields(operation);
  return {
    "{$responseUrl}": {
      post: {
        summary: "The result of a request, sent to the response URL of its application.",
        description:
          "Sent if the application has a response URL. The response of the call itself is then an acknowledgement without output_TransactionID. See docs/callbacks.md for the retries.",
        requestBody: {
          content: {
            "application/json": {
              schema: { type: "object", required: names, properties: stringProperties(names) },
            },
          },
        },
        responses: {
          200: {
            description: `Acknowledged with output_ResponseCode ${callbackSuccessCode}.`,
            content: {
              "application/json": {
                schema: {
                  type: "object",
                  required: ["output_ResponseCode"],
                  properties: {
                    ...stringProperties(acknowledgementFields),
                    output_ResponseCode: { type: "string", const: callbackSuccessCode },
                  },
                },
                example: {
                  output_OriginalConversationID: exampleConversationId,
                  output_ResponseDesc: "Successfully Accepted Result",
                  output_ResponseCode: callbackSuccessCode,
                  output_ThirdPartyConversationID: "11114",
                },
              },
            },
          },
        },
      },
    },
  };
}
