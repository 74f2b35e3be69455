/** C2B register URL, versions 1 and 2: where the payments that customers start are validated and confirmed. */
import { enumeration, optional, shortcode } from "../fields.ts";
import type { DarajaError } from "../families.ts";
import { protocolName } from "../names.ts";
import { defineDarajaOperation, type CallReply } from "../operation.ts";
import { findReceiverProblem } from "../c2b-receiver.ts";
import { registeredUrl } from "../registered-url.ts";

const fields = {
  ShortCode: shortcode({ description: "The paybill or till.", example: 600996 }),
  ResponseType: enumeration({
    description:
      "What becomes of a payment if the ValidationURL does not answer: `Completed` completes it, `Cancelled` cancels it.",
    example: "Completed",
    values: ["Completed", "Cancelled"],
    // The constant of a client library.
    spellings: { Canceled: "Cancelled" },
  }),
  ConfirmationURL: registeredUrl({
    description: "Gets every payment.",
    example: "https://example.com/c2b/confirmation",
  }),
  ValidationURL: optional(
    registeredUrl({
      description: "Is asked before a customer's payment, if external validation is on for the shortcode.",
      example: "https://example.com/c2b/validation",
    }),
  ),
};

const responseTypes = { Completed: "completed", Cancelled: "cancelled" } as const;

const alreadyRegistered: DarajaError = {
  status: 500,
  code: "500.003.1001",
  message: "Urls are already registered.",
};

const versions = {
  v1: { name: "c2bRegisterV1", product: "darajaC2bV1", response: "success" },
  v2: { name: "c2bRegisterV2", product: "darajaC2bV2", response: "Success" },
} as const;

function defineRegister(version: keyof typeof versions) {
  const { name, product, response } = versions[version];
  return defineDarajaOperation({
    name,
    product,
    title: `C2B register URL ${version}`,
    description:
      "Registers where the payments that customers start are validated and confirmed. In the sandbox each call replaces the URLs of the last one; in live they are registered once.",
    family: "business",
    path: `/mpesa/c2b/${version}/registerurl`,
    fields,
    organisation: "ShortCode",
    faults: ["soap_fault"],
    results: {},
    response: {
      OriginatorCoversationID: {
        description: "The request's id. M-Pesa spells it without an n.",
        example: "7619-4a3b-87d8-1d918a78741e243712",
      },
      ResponseCode: { description: "0 if the URLs are registered.", example: "0" },
      ResponseDescription: { description: "The text of the code.", example: response },
    },
    notifications: {},

    async handle(call): Promise<CallReply> {
      const { values, identifiers, organisations, application } = call;
      const { ShortCode, ResponseType, ConfirmationURL, ValidationURL } = values;
      const problem = await findReceiverProblem(call, ShortCode);
      if (problem !== null) return problem;
      const isStored = await organisations.registerC2bUrls({
        shortcode: ShortCode,
        protocol: protocolName,
        version,
        responseType: responseTypes[ResponseType],
        confirmationUrl: ConfirmationURL,
        validationUrl: ValidationURL,
        applicationId: application.id,
      });
      if (!isStored)
        return { error: alreadyRegistered, reason: "In live, URLs are registered once for a shortcode." };
      return {
        body: {
          OriginatorCoversationID: identifiers.requestId(call.id),
          ResponseCode: "0",
          ResponseDescription: response,
        },
        code: "0",
        reason: "The URLs are registered.",
      };
    },
  });
}

export const c2bRegisterV1 = defineRegister("v1");
export const c2bRegisterV2 = defineRegister("v2");
