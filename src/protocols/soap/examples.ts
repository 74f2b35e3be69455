/** Example requests of the commands, for the documentation, the samples and the tools. */
import type { CommandDetails } from "./build-request.ts";
import { registerUrlName } from "./names.ts";
import type { SoapOperation } from "./operation.ts";
import { registerUrlParameters } from "./register-url.ts";

/** The parties of examples. */
export interface ExampleParties {
  readonly shortCode: string;
  readonly otherShortCode: string;
  readonly customer: string;
}

export const exampleParties: ExampleParties = {
  shortCode: "600996",
  otherShortCode: "600000",
  customer: "254708374149",
};

const exampleUrl = "https://example.com/result";

/** The query of a status needs one name of a payment: the receipt. */
const omittedParameters: ReadonlySet<string> = new Set([
  "OriginatorConversationID",
  "ConversationID",
  "HeadOffice",
  "ShortCode",
]);

/** A request with the example of every parameter. `originatorConversationId` must be new. */
export function buildExampleCommand(
  { name, parameters, primaryParty, receiverParty }: SoapOperation,
  originatorConversationId: string,
  parties: ExampleParties = exampleParties,
  resultUrl = exampleUrl,
): CommandDetails {
  const { shortCode, otherShortCode, customer } = parties;
  return {
    command: name,
    originatorConversationId,
    remark: "Remark",
    parameters: Object.entries(parameters)
      .filter(([key]) => !omittedParameters.has(key))
      .map(([key, { example }]) => [key, example]),
    resultUrl,
    initiatorShortCode: shortCode,
    ...(primaryParty === "organisation"
      ? { primaryParty: { identifierType: "4", identifier: shortCode, shortCode } }
      : {}),
    ...(receiverParty === "none"
      ? {}
      : {
          receiverParty:
            receiverParty === "customer"
              ? { identifierType: "1", identifier: customer }
              : { identifierType: "4", identifier: otherShortCode },
        }),
  };
}

/** The registration of a shortcode's URLs. */
export const buildExampleRegistration = (
  originatorConversationId: string,
  { shortCode }: Pick<ExampleParties, "shortCode"> = exampleParties,
  urls: { readonly validation: string; readonly confirmation: string } = {
    validation: registerUrlParameters.ValidationURL.example,
    confirmation: registerUrlParameters.ConfirmationURL.example,
  },
): CommandDetails => ({
  command: registerUrlName,
  originatorConversationId,
  parameters: [["ResponseType", registerUrlParameters.ResponseType.example]],
  references: [
    ["ValidationURL", urls.validation],
    ["ConfirmationURL", urls.confirmation],
  ],
  primaryParty: { identifierType: "1", identifier: shortCode, shortCode },
});
