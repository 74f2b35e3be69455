/** Callbacks in `openapi.json`: the request to the listener, and its acknowledgement. */
import type { CallbackFormat, Operation } from "./operation.ts";
import { exampleConversationId } from "./example-payloads.ts";

/** The fields of a call's callback, in order: the ids, its own fields, and the result. */
export function listCallbackFields({ resultPrefix, fields }: CallbackFormat): string[] {
  return [
    "input_OriginalConversationID",
    ...fields,
    `input_${resultPrefix}Code`,
    `input_${resultPrefix}Desc`,
    "input_ThirdPartyConversationID",
  ];
}

export const acknowledgementFields = [
  "output_OriginalConversationID",
  "output_ResponseCode",
  "output_ResponseDesc",
  "output_ThirdPartyConversationID",
] as const;

const stringProperties = (names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, { type: "string" }]));

/** The callback request of a call, and the acknowledgement that the listener must return. */
export function describeCallback({ callback: format }: Pick<Operation, "callback">): object {
  const fieldNames = listCallbackFields(format);
  const acknowledgement = {
    output_OriginalConversationID: exampleConversationId,
    output_ResponseCode: format.acknowledgementCode,
    output_ResponseDesc: "Successfully Accepted Result",
    output_ThirdPartyConversationID: "asv02e5958774f7ba228d83d0d689761",
  };
  return {
    "{$request.body#/input_ResponseURL}": {
      post: {
        summary: "The result of a request, sent to its listener.",
        description:
          "Sent when the application has a response URL, or the request has an input_ResponseURL, which takes precedence. The response of the call itself is then an acknowledgement. See docs/callbacks.md for the retries.",
        requestBody: {
          content: {
            "application/json": {
              schema: { type: "object", required: fieldNames, properties: stringProperties(fieldNames) },
            },
          },
        },
        responses: {
          200: {
            description: `Acknowledged with output_ResponseCode ${format.acknowledgementCode}.`,
            content: {
              "application/json": {
                schema: {
                  type: "object",
                  required: ["output_ResponseCode"],
                  properties: {
                    ...stringProperties(acknowledgementFields),
                    output_ResponseCode: { type: "string", const: format.acknowledgementCode },
                  },
                },
                example: acknowledgement,
              },
            },
          },
        },
      },
    },
  };
}
