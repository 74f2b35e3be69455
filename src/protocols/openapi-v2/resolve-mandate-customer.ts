/** Finds the customer of a direct-debit call, given by MSISDN, by token, or by both if they match. */
import type { Code } from "./codes.ts";
import type { MsisdnTokens } from "./msisdn-tokens.ts";
import type { ParameterError } from "./operation.ts";
import { scenarioMsisdn, type RequestScenario } from "./scenarios.ts";

interface CustomerFields {
  readonly input_MsisdnToken: string | null;
  readonly input_CustomerMSISDN: string | null;
}

/**
 * The customer's MSISDN, or the code that says why it is unknown.
 *
 * A scenario's all-zero number is the same customer at any length, and its token is ignored: no application was
 * ever given one. The caller has checked that the request has one of the two (`checkCustomerPresent`).
 */
export function resolveCustomer(
  fields: CustomerFields,
  tokens: MsisdnTokens,
  applicationId: bigint,
  scenario: RequestScenario | null,
): { msisdn: string } | { code: Code; reason: string } {
  const { input_MsisdnToken: token, input_CustomerMSISDN: msisdn } = fields;
  if (scenario !== null)
    return { msisdn: msisdn === null || /^0+\d$/.test(msisdn) ? scenarioMsisdn : msisdn };
  if (token === null) return { msisdn: msisdn ?? "" };
  const tokenMsisdn = tokens.findMsisdn(applicationId, token);
  if (msisdn !== null && tokenMsisdn !== msisdn) {
    return { code: "INS-50", reason: "The token belongs to another MSISDN." };
  }
  if (tokenMsisdn === null)
    return { code: "INS-56", reason: "The token does not belong to this application." };
  return { msisdn: tokenMsisdn };
}

/** A request with neither MSISDN nor token has a missing parameter. */
export function checkCustomerPresent(
  getRawValue: (field: string) => string | undefined,
): ParameterError | null {
  const isNamed =
    getRawValue("input_CustomerMSISDN") !== undefined || getRawValue("input_MsisdnToken") !== undefined;
  return isNamed
    ? null
    : { code: "INS-20", reason: "The request has neither input_CustomerMSISDN nor input_MsisdnToken." };
}
