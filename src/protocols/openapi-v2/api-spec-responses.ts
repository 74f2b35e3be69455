/** Responses in `openapi.json`: every status of a call with its codes, their texts, and an example of each. */
import { findResponseCode, codeTexts, type Code, type CodeTable } from "./codes.ts";
import { getSession } from "./operations/get-session.ts";
import type { ResponseField, Operation } from "./operation.ts";
import { exampleResponse, exampleConversationId } from "./example-payloads.ts";

/** The HTTP statuses of a call. 401 is always one of them, for a failed authentication. */
export function listStatuses({ codes, success }: Pick<Operation, "codes" | "success">): number[] {
  const listed = listCodes(codes).map((code) => findResponseCode(codes, code).status);
  return [...new Set([success.status, 401, ...listed])].sort((a, b) => a - b);
}

/** A call's responses by name: `b2c_201`, `b2c_400`, … `failures`: every reason for a failed authentication. */
export function describeResponses(operation: Operation, failures: readonly string[]): Record<string, object> {
  const { product, success } = operation;
  const failed = listStatuses(operation)
    .filter((status) => status !== success.status)
    .map((status) => [`${product}_${status}`, describeFailure(operation, status, failures)] as const);
  return { [`${product}_${success.status}`]: describeSuccess(operation), ...Object.fromEntries(failed) };
}

/** The same for getSession, whose only failure has the same reasons. */
export function describeSessionResponses(failures: readonly string[]): Record<string, object> {
  const { call, codes, response } = getSession;
  const denials = failures.map((reason) => ({
    output_ResponseCode: "INS-989",
    output_ResponseDesc: `${codeTexts["INS-989"]}. ${reason}`,
    output_error: reason,
    output_ConversationID: exampleConversationId,
    output_ThirdPartyConversationID: "",
  }));
  const success = {
    output_ResponseCode: "INS-0",
    output_ResponseDesc: codeTexts["INS-0"],
    output_SessionID: response.output_SessionID.example,
  };
  return {
    [`${call}_200`]: toResponseObject(formatCodes(codes, 200), buildResponseSchema(response, {}), {
      "INS-0": success,
    }),
    [`${call}_400`]: toResponseObject(
      formatCodes(codes, 400),
      errorSchema,
      numberExamples("INS-989", denials),
    ),
  };
}

const listCodes = (codes: CodeTable): Code[] => Object.keys(codes) as Code[];

const listCodesWithStatus = (codes: CodeTable, status: number): Code[] =>
  listCodes(codes).filter((code) => findResponseCode(codes, code).status === status);

const formatCodes = (codes: CodeTable, status: number): string =>
  listCodesWithStatus(codes, status)
    .map((code) => `${code}: ${findResponseCode(codes, code).text}`)
    .join("\n\n");

/** The failures of a call with one HTTP status, with an example for each code. */
function describeFailure(
  { codes, parameters }: Operation,
  status: number,
  failures: readonly string[],
): object {
  const ids = {
    output_ConversationID: exampleConversationId,
    output_ThirdPartyConversationID: parameters["input_ThirdPartyConversationID"]?.example ?? "",
  };
  const examples = Object.fromEntries(
    listCodesWithStatus(codes, status).map((code) => [
      code,
      { output_ResponseCode: code, output_ResponseDesc: findResponseCode(codes, code).text, ...ids },
    ]),
  );
  if (status !== 401) return toResponseObject(formatCodes(codes, status), errorSchema, examples);
  const denials = failures.map((reason) => ({
    output_error: reason,
    output_ResponseCode: "INS-989",
    output_ResponseDesc: reason,
    ...ids,
  }));
  const description = [
    formatCodes(codes, status),
    "INS-989: authentication failed; output_error has the reason.",
  ];
  return toResponseObject(description.filter(Boolean).join("\n\n"), errorSchema, {
    ...examples,
    ...numberExamples("INS-989", denials),
  });
}

const numberExamples = (name: string, values: readonly object[]) =>
  Object.fromEntries(values.map((value, index) => [`${name}_${index + 1}`, value]));

function describeSuccess(operation: Operation): object {
  const { response, success } = operation;
  const { code } = success;
  return toResponseObject(
    `${code}: Request processed successfully`,
    buildResponseSchema(response, conversationFields),
    {
      [code]: exampleResponse(operation),
    },
  );
}

function toResponseObject(
  description: string,
  schema: object,
  examples: Readonly<Record<string, object>>,
): object {
  const values = Object.fromEntries(Object.entries(examples).map(([name, value]) => [name, { value }]));
  return { description, content: { "application/json": { schema, examples: values } } };
}

const stringSchema = (description: string) => ({ type: "string", description });

const codeFields = {
  output_ResponseCode: stringSchema("The response code."),
  output_ResponseDesc: stringSchema("The text of the code."),
};

const conversationFields = {
  output_ConversationID: stringSchema("The platform's id of the request."),
  output_ThirdPartyConversationID: stringSchema(
    "The caller's own id, unchanged. It finds the payment in queryTransactionStatus only if it has 1 to 32 letters and digits, and no other characters.",
  ),
};

const errorSchema = {
  type: "object",
  required: [...Object.keys(codeFields), ...Object.keys(conversationFields)],
  properties: {
    ...codeFields,
    output_error: stringSchema("Why the authentication failed; absent from every other response."),
    ...conversationFields,
  },
};

function buildResponseSchema(response: Readonly<Record<string, ResponseField>>, ids: object): object {
  const declared = Object.entries(response).map(([name, { description, example }]) => [
    name,
    { ...stringSchema(description), examples: [example] },
  ]);
  const properties = { ...codeFields, ...(Object.fromEntries(declared) as object), ...ids };
  return { type: "object", required: Object.keys(properties), properties };
}
