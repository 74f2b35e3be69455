/** Responses in `openapi.json`: every status of a call with its codes, their texts, and an example of each. */
import { authenticationFailures } from "./authentication/authenticate.ts";
import { codes } from "./codes.ts";
import { buildExampleResponse, exampleConversationId, exampleResponse } from "./example-payloads.ts";
import type { IpgV1Operation } from "./operation.ts";
import { listFailureFields } from "./response.ts";

/** The HTTP statuses of a call's failures. */
export const listFailureStatuses = ({ codes: list }: Pick<IpgV1Operation, "codes">): number[] =>
  [...new Set(list.map((code) => codes[code].status))].toSorted((one, other) => one - other);

export function describeResponses(operation: IpgV1Operation): Record<string, object> {
  const { success } = operation;
  return {
    [success.status]: toResponse(
      `${success.code}: ${codes[success.code].text}. An acknowledgement has only the ids, the code and the reference.`,
      operation,
      { [success.code]: exampleResponse(operation) },
    ),
    ...Object.fromEntries(
      listFailureStatuses(operation).map((status) => [status, describeFailure(operation, status)]),
    ),
  };
}

function describeFailure(operation: IpgV1Operation, status: number): object {
  const listed = operation.codes.filter((code) => codes[code].status === status);
  const examples = Object.fromEntries(
    listed.map((code) => {
      const body = buildExampleResponse(operation, code, listFailureFields(operation));
      return [code, code === "INS-2" ? { output_error: authenticationFailures.key_unknown, ...body } : body];
    }),
  );
  return toResponse(listed.map((code) => `${code}: ${codes[code].text}`).join("\n\n"), operation, examples);
}

const stringSchema = (description: string) => ({ type: "string", description });

const buildSchema = ({ response, repeatsCode }: IpgV1Operation): object => ({
  type: "object",
  required: [
    "output_ConversationID",
    "output_ResponseDesc",
    "output_ResponseCode",
    "output_ThirdPartyReference",
  ],
  properties: {
    output_error: stringSchema("Why the authentication failed. Absent from every other response."),
    output_ConversationID: stringSchema("The platform's id of the request."),
    ...Object.fromEntries(
      Object.entries(response).map(([name, { description }]) => [name, stringSchema(description)]),
    ),
    output_ResponseDesc: stringSchema("The text of the code."),
    output_ResponseCode: stringSchema("The response code."),
    ...(repeatsCode === true
      ? {
          output_ResultDesc: stringSchema("The same as output_ResponseDesc."),
          output_ResultCode: stringSchema("The same as output_ResponseCode."),
        }
      : {}),
    output_ThirdPartyReference: stringSchema("The caller's own id of the request, unchanged."),
  },
});

function toResponse(
  description: string,
  operation: IpgV1Operation,
  examples: Readonly<Record<string, object>>,
): object {
  const values = Object.fromEntries(Object.entries(examples).map(([name, value]) => [name, { value }]));
  return {
    description,
    content: { "application/json": { schema: buildSchema(operation), examples: values } },
  };
}

/** The response to a request that reached no call. */
export const unmatchedResponse = {
  description:
    "The request did not reach the call. 404 and 405: no call has this path on this port, or not with this method; the body has INS-22 and N/A for the ids. Other statuses: the request cannot be read, for example because its body is too large.",
  content: {
    "application/json": {
      schema: {
        anyOf: [
          {
            type: "object",
            required: ["output_ResponseCode", "output_ResponseDesc"],
            properties: {
              output_ConversationID: stringSchema(`N/A, where a call has ${exampleConversationId}.`),
              output_ResponseCode: { type: "string", enum: ["INS-22"] },
              output_ResponseDesc: stringSchema("The text of the code, the path, and what is wrong with it."),
            },
          },
          { $ref: "#/components/schemas/PlainError" },
        ],
      },
    },
  },
};
