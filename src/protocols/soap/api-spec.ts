/** This protocol's part of `openapi.json`: the paths of its services, each with a link to its WSDL. */
import type { ApiSpecPart } from "../../http/api-spec.ts";
import { buildCommandRequest } from "./build-request.ts";
import { buildExampleCommand, buildExampleRegistration } from "./examples.ts";
import { acceptedText } from "./broker-reply.ts";
import { buildCheckoutExample, buildPasswordExample, buildQueryExample } from "./api-spec-examples.ts";
import { lnmoPath } from "./lnmo/names.ts";
import { lnmoOperations } from "./lnmo/operations.ts";
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

const queryPath = "/queryTransactionService/services/transaction";
const passwordPath = "/changePasswordService/services/changePassword";

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

/** The services that have one kind of message each, or a protocol of their own. */
const describeFurtherServices = () => ({
  [queryPath]: {
    post: describeService(queryPath, {
      id: "queryTransaction",
      summary: "queryTransaction",
      description:
        "Returns what the Broker sent about a request: its response, and its result or its timeout.",
      ...buildQueryExample(exampleKeys, exampleTime, exampleId),
    }),
  },
  [passwordPath]: {
    post: describeService(passwordPath, {
      id: "changePassword",
      summary: "changePassword",
      description:
        "Replaces the password of the service provider. The new one is encrypted, and holds at once.",
      ...buildPasswordExample(exampleKeys, exampleTime),
    }),
  },
  [lnmoPath]: {
    post: describeService(lnmoPath, {
      id: "lnmoCheckout",
      summary: "LNMO checkout",
      description: `${lnmoOperations.map(({ name, description }) => `\`${name}\`: ${description}`).join(" ")} A RETURN_CODE other than 00 is a rejection; a body that is no request of the service is answered with status 500 and a fault.`,
      ...buildCheckoutExample(exampleKeys, exampleTime),
    }),
  },
});

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
      ...describeFurtherServices(),
    },
  };
}
