/** Whom a direct-debit call means: a customer given by number, by token, or by both if they agree. */
import type { Code } from "./codes.ts";
import type { MsisdnTokens } from "./msisdn-tokens.ts";
import type { ParameterError } from "./operation.ts";
import { scenarioMsisdn, type Scenario } from "./scenarios.ts";

interface CustomerFields {
  readonly input_MsisdnToken: string | null;
  readonly input_CustomerMSISDN: string | null;
}

/**
 * The customer's number, or the code for why it cannot be told.
 *
 * A scenario's all-zero number is the same customer at any length, and its token (which nobody was ever
 * given) is not looked at. The caller has checked that there is one or the other (`customerMissing`).
 */
export function resolveCustomer(
  fields: CustomerFields,
  tokens: MsisdnTokens,
  applicationId: bigint,
  scenario: Scenario | null,
): { msisdn: string } | { code: Code; reason: string } {
  const { input_MsisdnToken: token, input_CustomerMSISDN: msisdn } = fields;
  if (scenario !== null)
    return { msisdn: msisdn === null || /^0+\d$/.test(msisdn) ? scenarioMsisdn : msisdn };
  if (token === null) return { msisdn: msisdn ?? "" };
  const tokenMsisdn = tokens.findMsisdn(applicationId, token);
  if (msisdn !== null && tokenMsisdn !== msisdn) {
    return { code: "INS-50", reason: "The token does not stand for this number." };
  }
  if (tokenMsisdn === null) return { code: "INS-56", reason: "The token is none of this application's." };
  return { msisdn: tokenMsisdn };
}

/** A customer who is named neither way is a missing parameter. */
export function checkCustomerPresent(
  getRawValue: (field: string) => string | undefined,
): ParameterError | null {
  const isNamed =
    getRawValue("input_CustomerMSISDN") !== undefined || getRawValue("input_MsisdnToken") !== undefined;
  return isNamed ? null : { code: "INS-20", reason: "The customer is named neither by number nor by token." };
}
