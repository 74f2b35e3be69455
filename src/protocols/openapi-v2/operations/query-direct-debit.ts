/** Query direct debit: a mandate's terms, and whether the customer's balance covers an amount. */
import {
  claimRequestReference,
  hasBalance,
  queryMandate,
  type MandateQueryResult,
} from "../../../payments/queries.ts";
import type { AccountStatus } from "../../../payments/instruction.ts";
import { resolveCustomer } from "../resolve-mandate-customer.ts";
import {
  pickResponseFields,
  defineOperation,
  type OperationResult,
  type ValidatedRequest,
} from "../operation.ts";
import {
  balanceAmount,
  country,
  currency,
  customerMsisdn,
  withDescription,
  mandateId,
  msisdnToken,
  optional,
  queryBalanceAmount,
  serviceProviderCode,
  thirdPartyConversationId,
  thirdPartyReference,
} from "../parameters.ts";
import { mandateScenario, scenarioMsisdn } from "../scenarios.ts";
import { toFrequencyCode } from "../frequencies.ts";

const parameters = {
  input_QueryBalanceAmount: queryBalanceAmount,
  input_BalanceAmount: balanceAmount,
  input_Country: country,
  input_CustomerMSISDN: optional(
    withDescription(customerMsisdn, "The MSISDN of the customer who consented."),
  ),
  input_MsisdnToken: msisdnToken,
  input_ServiceProviderCode: withDescription(
    serviceProviderCode,
    "The shortcode of the mandate's organisation.",
  ),
  input_ThirdPartyConversationID: thirdPartyConversationId,
  input_ThirdPartyReference: thirdPartyReference,
  input_MandateID: mandateId,
  input_Currency: currency,
};

const accountStatusTexts: Readonly<Record<AccountStatus, string>> = {
  active: "Active",
  pending: "Pending Approval",
  locked: "Locked",
  inactive: "Inactive",
};

const mandateStatusTexts: Readonly<Record<MandateQueryResult["status"], string>> = {
  active: "Active",
  cancelled: "Cancelled",
  expired: "Expired",
};

export const queryDirectDebit = defineOperation({
  product: "queryDirectDebit",
  title: "Direct debit: query a mandate",
  description:
    "Returns a mandate's status and terms, the status of the customer's account and, on request, whether the customer's balance covers an amount.",
  method: "GET",
  path: "queryDirectDebit",
  markets: null,
  success: { code: "INS-0", status: 200 },
  codes: {
    "INS-1": 500,
    "INS-9": 408,
    "INS-10": 409,
    "INS-13": 400,
    "INS-17": 400,
    "INS-19": 400,
    "INS-20": 400,
    "INS-21": 400,
    "INS-26": 400,
    "INS-28": 400,
    "INS-50": 400,
    "INS-51": 400,
    "INS-52": 500,
    "INS-54": 400,
    "INS-55": 401,
    "INS-56": 401,
    "INS-57": 500,
    "INS-58": 400,
    "INS-997": 400,
    "INS-998": 400,
    "INS-2006": 422,
    "INS-2051": 400,
  },
  parameters,
  organisation: "input_ServiceProviderCode",
  response: {
    ...pickResponseFields("output_TransactionReference"),
    output_SufficientBalance: {
      description:
        "True or False when the request has an amount and the mandate is active, else N/A. N/A also if the customer has blocked the organisation.",
      example: "True",
    },
    ...pickResponseFields("output_MsisdnToken", "output_MandateID"),
    output_MandateStatus: {
      description: "Active, Pending Approval, Cancelled or Expired.",
      example: "Active",
    },
    output_AccountStatus: { description: "Active, Pending Approval, Locked or Inactive.", example: "Active" },
    output_FirstPaymentDate: {
      description: "The mandate's first day, YYYYMMDD, or empty.",
      example: "20270101",
    },
    output_Frequency: { description: "The mandate's frequency, or empty.", example: "04" },
    output_PaymentDayFrom: {
      description: "The first day of the month on which a debit is allowed, or empty.",
      example: "01",
    },
    output_PaymentDayTo: {
      description: "The last day of the month on which a debit is allowed, or empty.",
      example: "25",
    },
    output_ExpiryDate: { description: "The mandate's last day, YYYYMMDD, or empty.", example: "20271231" },
  },
  callback: {
    resultPrefix: "Response",
    fields: [
      "input_TransactionReference",
      "input_SufficientBalance",
      "input_MsisdnToken",
      "input_MandateID",
      "input_MandateStatus",
      "input_AccountStatus",
      "input_FirstPaymentDate",
      "input_Frequency",
      "input_PaymentDayFrom",
      "input_PaymentDayTo",
      "input_ExpiryDate",
    ],
    acknowledgementCode: "INS-0",
  },

  checkMissing(getRawValue) {
    if (
      getRawValue("input_QueryBalanceAmount")?.toLowerCase() === "true" &&
      getRawValue("input_BalanceAmount") === undefined
    ) {
      return {
        code: "INS-55",
        reason: "input_QueryBalanceAmount is True, but input_BalanceAmount is missing.",
      };
    }
    if (getRawValue("input_CustomerMSISDN") === undefined && getRawValue("input_MsisdnToken") === undefined) {
      return {
        code: "INS-57",
        reason: "The request has neither input_CustomerMSISDN nor input_MsisdnToken.",
      };
    }
    return null;
  },

  async handle(validated) {
    const { values, request, payments, tokens, caller, scenario } = validated;
    const isScenarioQuery = scenario !== null || isScenario(validated);
    const customer = isScenarioQuery
      ? { msisdn: "" }
      : resolveCustomer(values, tokens, caller.applicationId, null);
    if ("code" in customer) return customer;
    if (!(await claimRequestReference(payments.context, request))) return { refusal: "duplicate" };
    if (scenario?.outcome === "refused") return { refusal: scenario.refusal };
    if (isScenarioQuery) return buildScenarioResult(validated);

    const result = await queryMandate(payments.context, {
      ...request,
      msisdn: customer.msisdn,
      mandateReference: values.input_ThirdPartyReference,
      mandateId: values.input_MandateID,
      balanceMinor: values.input_QueryBalanceAmount ? values.input_BalanceAmount : null,
    });
    return "refusal" in result ? result : toResult(validated, customer.msisdn, result);
  },
});

function toResult(
  { tokens, caller, identifiers }: ValidatedRequest<typeof parameters>,
  msisdn: string,
  result: MandateQueryResult,
): OperationResult {
  const { mandate } = result;
  const formatDay = (day: number | null): string => (day === null ? "" : String(day).padStart(2, "0"));
  return {
    fields: {
      output_TransactionReference: identifiers.conversationId(mandate.paymentId),
      output_SufficientBalance: formatSufficient(result.sufficient),
      output_MsisdnToken: tokens.tokenFor(caller.applicationId, msisdn),
      output_MandateID: String(mandate.id),
      output_MandateStatus: mandateStatusTexts[result.status],
      output_AccountStatus: accountStatusTexts[result.accountStatus],
      output_FirstPaymentDate: String(mandate.firstPaymentDay ?? ""),
      output_Frequency: toFrequencyCode(mandate.frequency),
      output_PaymentDayFrom: formatDay(mandate.rangeStart),
      output_PaymentDayTo: formatDay(mandate.rangeEnd),
      output_ExpiryDate: String(mandate.expiryDay ?? ""),
    },
    reason: `Mandate ${mandate.id} is ${result.status}.`,
  };
}

const formatSufficient = (sufficient: boolean | null): string =>
  sufficient === null ? "N/A" : sufficient ? "True" : "False";

const getLastDigit = (value: string | undefined, pattern: RegExp): string | undefined =>
  value !== undefined && pattern.test(value) ? value.slice(-1) : undefined;

const allZeroMsisdn = /^0{11}[1-4]$/;
const allZeroMandate = /^0{5}[1-4]$/;

/** Whether the MSISDN or the mandate id is itself a scenario trigger. */
function isScenario({ rail, getRawValue }: ValidatedRequest<typeof parameters>): boolean {
  if (rail.environment !== "sandbox") return false;
  return (
    getLastDigit(getRawValue("input_CustomerMSISDN"), allZeroMsisdn) !== undefined ||
    getLastDigit(getRawValue("input_MandateID"), allZeroMandate) !== undefined
  );
}

/** The result for a mandate that exists only in the scenario: monthly, with the statuses that the triggers select. */
async function buildScenarioResult(validated: ValidatedRequest<typeof parameters>): Promise<OperationResult> {
  const { id, values, getRawValue, identifiers, tokens, caller, payments } = validated;
  const accountDigit = getLastDigit(getRawValue("input_CustomerMSISDN"), allZeroMsisdn);
  const mandateDigit = getLastDigit(getRawValue("input_MandateID"), allZeroMandate);
  const queriedMinor = values.input_QueryBalanceAmount ? values.input_BalanceAmount : null;
  const msisdn = values.input_CustomerMSISDN ?? scenarioMsisdn;
  const hasEnough = async (): Promise<boolean> =>
    accountDigit === undefined && values.input_CustomerMSISDN !== null
      ? hasBalance(payments.context, msisdn, queriedMinor ?? 0n)
      : (queriedMinor ?? 0n) <= mandateScenario.balanceMinor;
  return {
    fields: {
      output_TransactionReference: identifiers.conversationId(id),
      output_SufficientBalance: formatSufficient(queriedMinor === null ? null : await hasEnough()),
      output_MsisdnToken: tokens.tokenFor(caller.applicationId, msisdn),
      output_MandateID: getRawValue("input_MandateID") ?? "000001",
      output_MandateStatus: getStatusText(mandateScenario.mandate, mandateDigit),
      output_AccountStatus: getStatusText(mandateScenario.account, accountDigit),
      output_FirstPaymentDate: "20200101",
      output_Frequency: "04",
      output_PaymentDayFrom: "01",
      output_PaymentDayTo: "31",
      output_ExpiryDate: "20991231",
    },
    reason: "A sandbox scenario requested this response.",
  };
}

function getStatusText(texts: Readonly<Record<string, string>>, digit: string | undefined): string {
  return texts[digit ?? "1"] ?? "Active";
}
