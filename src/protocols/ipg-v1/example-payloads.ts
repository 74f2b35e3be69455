/**
 * Example requests and responses, built from the tables' examples. Each request succeeds once in the sandbox, unchanged: the
 * second is a duplicate.
 */
import { codes } from "./codes.ts";
import type { IpgV1Operation } from "./operation.ts";

/** Without the optional parameters. */
export const examplePayload = ({ parameters }: IpgV1Operation): Record<string, string> =>
  Object.fromEntries(
    Object.entries(parameters).flatMap(([name, { mandatory, example }]) =>
      mandatory ? [[name, example]] : [],
    ),
  );

/** The example conversation id in all documentation. */
export const exampleConversationId = "fd1e9143d22544459f7c66e1860ef276";

const exampleReference = "11114";

/** A response with this code and these fields, in the order of the wire. */
export const buildExampleResponse = (
  { repeatsCode }: Pick<IpgV1Operation, "repeatsCode">,
  code: keyof typeof codes,
  fields: Readonly<Record<string, string>>,
): Record<string, string> => ({
  output_ConversationID: exampleConversationId,
  ...fields,
  output_ResponseDesc: codes[code].text,
  output_ResponseCode: code,
  ...(repeatsCode === true ? { output_ResultDesc: codes[code].text, output_ResultCode: code } : {}),
  output_ThirdPartyReference: exampleReference,
});

/** The example response to a call's example request. */
export const exampleResponse = (operation: IpgV1Operation): Record<string, string> =>
  buildExampleResponse(
    operation,
    operation.success.code,
    Object.fromEntries(Object.entries(operation.response).map(([name, { example }]) => [name, example])),
  );
