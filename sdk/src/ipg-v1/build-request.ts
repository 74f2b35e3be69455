/** Builds the wire parameters of a request, and makes every check that is possible before sending. */
import { checkUnknownFields } from "../check-unknown-fields.ts";
import { InvalidArgumentError } from "../errors.ts";
import { createReference } from "../references.ts";
import type { Call } from "./calls.ts";
import type { IpgV1Settings } from "./settings.ts";

export interface WireRequest {
  readonly reference: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** Throws `InvalidArgumentError`. */
export function buildRequest(
  call: Call,
  request: object,
  { serviceProviderCode, initiator }: Pick<IpgV1Settings, "serviceProviderCode" | "initiator">,
): WireRequest {
  checkUnknownFields("request", request, call.fields);
  const values: Record<string, unknown> = {
    ...request,
    reference: getField(request, "reference") ?? createReference(),
    serviceProviderCode: getField(request, "serviceProviderCode") ?? serviceProviderCode,
  };
  const parameters: Record<string, string> = {};
  for (const [field, { wire, encode, mandatory }] of Object.entries(call.fields)) {
    const value = values[field];
    if (value !== undefined && value !== null && value !== "") parameters[wire] = encode(value, field);
    else if (mandatory) throw new InvalidArgumentError(field, `${field} is missing.`);
    else if (Object.hasOwn(request, field))
      // An empty form field would otherwise reverse the whole payment.
      throw new InvalidArgumentError(field, `${field} is empty. Omit it to reverse all that is left.`);
  }
  if (parameters["input_QueryReference"] === parameters["input_ThirdPartyReference"])
    // In a callback, the query's result would look like the payment's, and a query of a failed payment is "accepted".
    throw new InvalidArgumentError(
      "reference",
      "reference identifies the query and query identifies the payment: they must differ.",
    );
  if (!call.needsInitiator) return { reference: values["reference"] as string, parameters };
  if (initiator === undefined)
    throw new InvalidArgumentError("initiator", "initiator is missing: set it in the client's options.");
  return {
    reference: values["reference"] as string,
    parameters: {
      ...parameters,
      input_InitiatorIdentifier: initiator.identifier,
      input_SecurityCredential: initiator.securityCredential,
    },
  };
}

const getField = (request: object, name: string): unknown => (request as Record<string, unknown>)[name];
