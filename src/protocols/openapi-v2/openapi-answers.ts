/** Answers in `openapi.json`: every status of a call with its codes, their texts, and an example of each. */
import { codeAnswer, codeTexts, type Code, type CodeTable } from "./codes.ts";
import { getSession } from "./get-session.ts";
import type { AnswerField, Operation } from "./operation.ts";
import { sampleAnswer, sampleConversationId } from "./sample.ts";

/** The statuses of a call, 401 always among them: a caller who is not let in. */
export function statusesOf({ codes, success }: Pick<Operation, "codes" | "success">): number[] {
  const listed = codesOf(codes).map((code) => codeAnswer(codes, code).status);
  return [...new Set([success.status, 401, ...listed])].sort((a, b) => a - b);
}

/** A call's answers by name: `b2c_201`, `b2c_400`, … `failures` says why somebody was not let in, in every way there is. */
export function answersOf(operation: Operation, failures: readonly string[]): Record<string, object> {
  const { product, success } = operation;
  const failed = statusesOf(operation)
    .filter((status) => status !== success.status)
    .map((status) => [`${product}_${status}`, answersAt(operation, status, failures)] as const);
  return { [`${product}_${success.status}`]: succeeded(operation), ...Object.fromEntries(failed) };
}

/** The same for getSession, whose one failure has as many reasons. */
export function sessionAnswers(failures: readonly string[]): Record<string, object> {
  const { call, codes, answers } = getSession;
  const refused = failures.map((because) => ({
    output_ResponseCode: "INS-989",
    output_ResponseDesc: `${codeTexts["INS-989"]}. ${because}`,
    output_error: because,
    output_ConversationID: sampleConversationId,
    output_ThirdPartyConversationID: "",
  }));
  const success = {
    output_ResponseCode: "INS-0",
    output_ResponseDesc: codeTexts["INS-0"],
    output_SessionID: answers.output_SessionID.example,
  };
  return {
    [`${call}_200`]: response(codeLines(codes, 200), answerSchema(answers, {}), { "INS-0": success }),
    [`${call}_400`]: response(codeLines(codes, 400), errorSchema, numbered("INS-989", refused)),
  };
}

const codesOf = (codes: CodeTable): Code[] => Object.keys(codes) as Code[];

const codesAt = (codes: CodeTable, status: number): Code[] =>
  codesOf(codes).filter((code) => codeAnswer(codes, code).status === status);

const codeLines = (codes: CodeTable, status: number): string =>
  codesAt(codes, status)
    .map((code) => `${code}: ${codeAnswer(codes, code).text}`)
    .join("\n\n");

/** Everything that a call answers with one status of failure, an example for each code. */
function answersAt({ codes, parameters }: Operation, status: number, failures: readonly string[]): object {
  const ids = {
    output_ConversationID: sampleConversationId,
    output_ThirdPartyConversationID: parameters["input_ThirdPartyConversationID"]?.example ?? "",
  };
  const examples = Object.fromEntries(
    codesAt(codes, status).map((code) => [
      code,
      { output_ResponseCode: code, output_ResponseDesc: codeAnswer(codes, code).text, ...ids },
    ]),
  );
  if (status !== 401) return response(codeLines(codes, status), errorSchema, examples);
  const refused = failures.map((because) => ({
    output_error: because,
    output_ResponseCode: "INS-989",
    output_ResponseDesc: because,
    ...ids,
  }));
  const description = [
    codeLines(codes, status),
    "INS-989: the caller is not let in, and output_error says why.",
  ];
  return response(description.filter(Boolean).join("\n\n"), errorSchema, {
    ...examples,
    ...numbered("INS-989", refused),
  });
}

const numbered = (name: string, values: readonly object[]) =>
  Object.fromEntries(values.map((value, index) => [`${name}_${index + 1}`, value]));

function succeeded(operation: Operation): object {
  const { answers, success } = operation;
  const { code } = success;
  return response(`${code}: Request processed successfully`, answerSchema(answers, conversationFields), {
    [code]: sampleAnswer(operation),
  });
}

function response(description: string, schema: object, examples: Readonly<Record<string, object>>): object {
  const values = Object.fromEntries(Object.entries(examples).map(([name, value]) => [name, { value }]));
  return { description, content: { "application/json": { schema, examples: values } } };
}

const string = (description: string) => ({ type: "string", description });

const codeFields = {
  output_ResponseCode: string("The code of the answer."),
  output_ResponseDesc: string("The code in words."),
};

const conversationFields = {
  output_ConversationID: string("The request's id on the platform."),
  output_ThirdPartyConversationID: string("The caller's own id, as it was sent."),
};

const errorSchema = {
  type: "object",
  required: [...Object.keys(codeFields), ...Object.keys(conversationFields)],
  properties: {
    ...codeFields,
    output_error: string("Why the caller was not let in; absent from every other answer."),
    ...conversationFields,
  },
};

function answerSchema(answers: Readonly<Record<string, AnswerField>>, ids: object): object {
  const own = Object.entries(answers).map(([name, { describes, example }]) => [
    name,
    { ...string(describes), examples: [example] },
  ]);
  const properties = { ...codeFields, ...(Object.fromEntries(own) as object), ...ids };
  return { type: "object", required: Object.keys(properties), properties };
}
