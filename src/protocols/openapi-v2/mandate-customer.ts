/** Whom a direct-debit call means: a customer given by number, by token, or by both if they agree. */
import type { Scenario } from "../../payments/order.ts";
import type { Tokens } from "../route.ts";
import type { Code } from "./codes.ts";
import type { Refused } from "./operation.ts";
import { scenarioMsisdn } from "./scenarios.ts";

interface Given {
  readonly input_MsisdnToken: string | null;
  readonly input_CustomerMSISDN: string | null;
}

/**
 * The customer's number, or the code for why it cannot be told.
 *
 * A scenario's all-zero number is the same customer at any length, and its token (which nobody was ever
 * given) is not looked at. The caller has checked that there is one or the other (`customerMissing`).
 */
export function customerMeant(
  given: Given,
  tokens: Tokens,
  applicationId: bigint,
  scenario: Scenario | null,
): { msisdn: string } | { code: Code; because: string } {
  const { input_MsisdnToken: token, input_CustomerMSISDN: number } = given;
  if (scenario !== null)
    return { msisdn: number === null || /^0+\d$/.test(number) ? scenarioMsisdn : number };
  if (token === null) return { msisdn: number ?? "" };
  const behind = tokens.msisdnOf(applicationId, token);
  if (number !== null && behind !== number) {
    return { code: "INS-50", because: "The token does not stand for this number." };
  }
  if (behind === null) return { code: "INS-56", because: "The token is none of this application's." };
  return { msisdn: behind };
}

/** A customer who is named neither way is a missing parameter. */
export function customerMissing(sent: (field: string) => string | undefined): Refused | null {
  const named = sent("input_CustomerMSISDN") !== undefined || sent("input_MsisdnToken") !== undefined;
  return named ? null : { code: "INS-20", because: "The customer is named neither by number nor by token." };
}
