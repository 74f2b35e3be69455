/** This protocol's part of `openapi.json`: the paths of its services, each with a link to its WSDL. */
import type { ApiSpecPart } from "../../http/api-spec.ts";
import { buildCommandRequest } from "./build-request.ts";
import { buildExampleCommand, buildExampleRegistration } from "./examples.ts";
import { acceptedText } from "./broker-reply.ts";
import { renderResponse } from "./messages.ts";
import { operations } from "./operations.ts";

const tag = "SOAP Broker";

const exampleKeys = {
  spId: "100001",
  spPassword: "0123456789ABCDEFGHIJKLMNOPQRSTUV",
  serviceId: "100001000",
  initiatorName: "testapi",
  securityCredential: `${"A".repeat(342)}==`,
};

const exampleTime = new Date(Date.UTC(2026, 0, 1, 9));
const exampleId = "600996_Safari_000001";

const xmlContent = (example: string) => ({ "text/xml": { schema: { type: "string" }, example } });

const accepted = renderResponse({
  code: "0",
  description: acceptedText,
  ids: { conversationId: "AG_20260101_0100101002hi3i67m6ml", originatorConversationId: exampleId },
});

const registered = renderResponse({
  code: "00000000",
  description: "success",
  ids: { conversationId: "", originatorConversationId: "" },
});

interface DescribedService {
  readonly id: string;
  readonly summary: string;
  readonly description: string;
  readonly request: string;
  readonly response: string;
}

function describeService(path: string, { id, summary, description, request, response }: DescribedService) {
  return {
    tags: [tag],
    operationId: `soap_${id}`,
    summary,
    description,
    externalDocs: { description: "The WSDL of this server.", url: `${path}?wsdl` },
    requestBody: { required: true, content: xmlContent(request) },
    responses: {
      200: {
        description:
          "Accepted, or rejected with another ResponseCode than 0. Every response has this status.",
        content: xmlContent(response),
      },
    },
  };
}

export function soapApiSpec(): ApiSpecPart {
  const [first] = operations;
  if (first === undefined) throw new Error("the Broker has no commands");
  const build = (details: Parameters<typeof buildCommandRequest>[1]) =>
    buildCommandRequest(exampleKeys, details, exampleTime);
  return {
    tags: [
      {
        name: tag,
        description:
          "Kenya's SOAP Broker, in the market safaricomKEN: these paths are the sandbox's. Live has a listener of its own.",
      },
    ],
    paths: {
      "/mminterface/request": {
        post: describeService("/mminterface/request", {
          id: "request",
          summary: "GenericAPIRequest",
          description: `Executes a command: ${operations.map(({ name }) => `\`${name}\``).join(", ")}. The result follows at its ResultURL.`,
          request: build(buildExampleCommand(first, exampleId)),
          response: accepted,
        }),
      },
      "/mminterface/registerURL": {
        post: describeService("/mminterface/registerURL", {
          id: "registerUrl",
          summary: "RegisterURL",
          description: "Registers the URLs of C2B validation and confirmation.",
          request: build(buildExampleRegistration(exampleId)),
          response: registered,
        }),
      },
    },
  };
}
