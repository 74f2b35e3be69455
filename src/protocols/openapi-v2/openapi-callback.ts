/** Callbacks in `openapi.json`: what a listener is sent, and how it acknowledges. */
import type { CallbackShape, Operation } from "./operation.ts";
import { sampleConversationId } from "./sample.ts";

/** The fields of a call's callback, in order: the ids, its own, and how the payment ended. */
export function callbackFields({ names, fields }: CallbackShape): string[] {
  return [
    "input_OriginalConversationID",
    ...fields,
    `input_${names}Code`,
    `input_${names}Desc`,
    "input_ThirdPartyConversationID",
  ];
}

export const acknowledgementFields = [
  "output_OriginalConversationID",
  "output_ResponseCode",
  "output_ResponseDesc",
  "output_ThirdPartyConversationID",
] as const;

const texts = (names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, { type: "string" }]));

/** What a listener is sent, and how it says that it understood. */
export function describeCallback({ callback: shape }: Pick<Operation, "callback">): object {
  const sent = callbackFields(shape);
  const acknowledgement = {
    output_OriginalConversationID: sampleConversationId,
    output_ResponseCode: shape.acknowledgedBy,
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
            "application/json": { schema: { type: "object", required: sent, properties: texts(sent) } },
          },
        },
        responses: {
          200: {
            description: `Acknowledged, by output_ResponseCode ${shape.acknowledgedBy}.`,
            content: {
              "application/json": {
                schema: {
                  type: "object",
                  required: ["output_ResponseCode"],
                  properties: {
                    ...texts(acknowledgementFields),
                    output_ResponseCode: { type: "string", const: shape.acknowledgedBy },
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
