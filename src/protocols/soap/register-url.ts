/**
 * RegisterURL: where the payments that customers start are validated and confirmed, by the organisation's own SOAP service.
 *
 * It answers at once, and needs neither a caller nor an initiator, as programs send neither. In live, URLs are registered
 * once.
 */
import type { Environment } from "../../core/markets.ts";
import { railFor } from "../../core/rails.ts";
import { findReceiverProblem } from "../g2/c2b-receiver.ts";
import type { SpCaller } from "./authentication.ts";
import type { BrokerReply } from "./broker-reply.ts";
import { findLimits } from "./find-limits.ts";
import { protocolName, soapMarket } from "./names.ts";
import type { SoapParameter } from "./operation.ts";
import type { RequestDocument } from "./request-document.ts";
import { takeBrokerFault } from "./request-faults.ts";
import { brokerError } from "./response-codes.ts";
import type { SoapDeps } from "./soap-deps.ts";

export const registerUrlParameters = {
  ResponseType: {
    kind: "text",
    description:
      "What becomes of a payment if the ValidationURL does not answer: `Completed` or `Cancelled`.",
    example: "Completed",
  },
  ValidationURL: {
    kind: "text",
    description:
      "A reference item. Is asked before a payment, if external validation is on for the shortcode.",
    example: "https://example.com/c2b",
    isOptional: true,
  },
  ConfirmationURL: {
    kind: "text",
    description: "A reference item. Gets every payment.",
    example: "https://example.com/c2b",
  },
} as const satisfies Readonly<Record<string, SoapParameter>>;

const responseTypes: ReadonlyMap<string, "completed" | "cancelled"> = new Map([
  ["completed", "completed"],
  ["cancelled", "cancelled"],
  // A spelling of programs.
  ["canceled", "cancelled"],
]);

const missing = (name: string): BrokerReply => ({
  error: brokerError("100000014", name),
  reason: `${name} is missing.`,
});

const invalid = (name: string, reason: string): BrokerReply => ({
  error: brokerError("100000005", name),
  reason,
});

export async function handleRegisterUrl(
  deps: SoapDeps,
  environment: Environment,
  caller: SpCaller,
  document: RequestDocument,
): Promise<BrokerReply> {
  const { application, spId } = caller;
  const limits = findLimits(deps, environment, caller, "soapC2b");
  if ("error" in limits) return limits;
  const { primaryParty, parameters, references } = document;
  const shortcode = primaryParty?.shortCode ?? primaryParty?.identifier ?? null;
  if (shortcode === null) return missing("ShortCode");
  const getValue = (key: string): string | null => references.get(key) ?? parameters.get(key) ?? null;
  const responseType = getValue("ResponseType");
  if (responseType === null) return missing("ResponseType");
  const onSilence = responseTypes.get(responseType.toLowerCase());
  if (onSilence === undefined)
    return invalid("ResponseType", "ResponseType is neither Completed nor Cancelled.");
  const validationUrl = getValue("ValidationURL");
  const confirmationUrl = getValue("ConfirmationURL");
  if (confirmationUrl === null) return missing("ConfirmationURL");
  for (const [name, url] of Object.entries({
    ValidationURL: validationUrl,
    ConfirmationURL: confirmationUrl,
  })) {
    const problem = url === null ? null : deps.validateCallbackUrl(environment, url);
    if (problem !== null) return invalid(name, `${name}: ${problem}`);
  }
  const organisations = deps.organisations(railFor(environment, soapMarket));
  const problem = await findReceiverProblem(application, organisations, shortcode);
  if (problem !== null) return invalid("ShortCode", problem);
  const fault = await takeBrokerFault(deps, environment);
  if (fault !== null) return fault;
  const isStored = await organisations.registerC2bUrls({
    shortcode,
    protocol: protocolName,
    version: "v1",
    responseType: onSilence,
    confirmationUrl,
    validationUrl,
    applicationId: application.id,
  });
  if (!isStored)
    return {
      error: {
        code: "100000005",
        description: `Duplicate notification info, SP ID is ${spId}, correlator is ${shortcode}`,
      },
      reason: "In live, URLs are registered once for a shortcode.",
    };
  // As the Broker answers: another code of success, and no ids.
  return {
    code: "00000000",
    description: "success",
    ids: { conversationId: "", originatorConversationId: "" },
    reason: "The URLs are registered.",
  };
}
