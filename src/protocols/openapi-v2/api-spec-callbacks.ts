/** Callbacks in `openapi.json`: what a listener is sent, and how it acknowledges. */
import type { CallbackFormat, Operation } from "./operation.ts";
import { exampleConversationId } from "./example-payloads.ts";

/** The fields of a call's callback, in order: the ids, its own, and how the payment ended. */
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

/** What a listener is sent, and how it says that it understood. */
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
        summary: "How a request ended, told to its listener.",
        description:
          "Sent when the application has a response URL, or the request an input_ResponseURL, which then takes its place. The call itself is answered with an acknowledgement. docs/callbacks.md tells when it is sent again.",
        requestBody: {
          content: {
            "application/json": {
              schema: { type: "object", required: fieldNames, properties: stringProperties(fieldNames) },
            },
          },
        },
        responses: {
          200: {
            description: `Acknowledged, by output_ResponseCode ${format.acknowledgementCode}.`,
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
