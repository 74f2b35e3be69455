/** Query direct debit: what a mandate allows, and whether the customer has an amount. */
import { claimOnce, customerHas, queryMandate, type MandateAnswer } from "../../payments/queries.ts";
import type { AccountStatus } from "../../payments/order.ts";
import { customerMeant } from "./mandate-customer.ts";
import { answersWith, operation, type Answer, type Asked } from "./operation.ts";
import {
  balanceAmount,
  country,
  currency,
  customerMsisdn,
  described,
  mandateId,
  msisdnToken,
  optional,
  queryBalanceAmount,
  serviceProviderCode,
  thirdPartyConversationId,
  thirdPartyReference,
} from "./parameters.ts";
import { mandateScenario, scenarioMsisdn } from "./scenarios.ts";

const parameters = {
  input_QueryBalanceAmount: queryBalanceAmount,
  input_BalanceAmount: balanceAmount,
  input_Country: country,
  input_CustomerMSISDN: optional(described(customerMsisdn, "The number of the customer who consented.")),
  input_MsisdnToken: msisdnToken,
  input_ServiceProviderCode: described(serviceProviderCode, "The shortcode of the mandate's organisation."),
  input_ThirdPartyConversationID: thirdPartyConversationId,
  input_ThirdPartyReference: thirdPartyReference,
  input_MandateID: mandateId,
  input_Currency: currency,
};

const accountWords: Readonly<Record<AccountStatus, string>> = {
  active: "Active",
  pending: "Pending Approval",
  locked: "Locked",
  inactive: "Inactive",
};

const mandateWords: Readonly<Record<MandateAnswer["status"], string>> = {
  active: "Active",
  cancelled: "Cancelled",
  expired: "Expired",
};

export const queryDirectDebit = operation({
  product: "queryDirectDebit",
  title: "Direct debit: query a mandate",
  describes:
    "Tells a mandate's status and terms, the status of the customer's account and, if asked, whether the customer has an amount.",
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
  answers: {
    ...answersWith("output_TransactionReference"),
    output_SufficientBalance: {
      describes: "True or False when an amount was asked about, else N/A.",
      example: "True",
    },
    ...answersWith("output_MsisdnToken", "output_MandateID"),
    output_MandateStatus: { describes: "Active, Pending Approval, Cancelled or Expired.", example: "Active" },
    output_AccountStatus: { describes: "Active, Pending Approval, Locked or Inactive.", example: "Active" },
    output_FirstPaymentDate: {
      describes: "The mandate's first day, YYYYMMDD, or empty.",
      example: "20270101",
    },
    output_Frequency: { describes: "The mandate's frequency, or empty.", example: "04" },
    output_PaymentDayFrom: {
      describes: "The first day of the month it may be paid on, or empty.",
      example: "01",
    },
    output_PaymentDayTo: {
      describes: "The last day of the month it may be paid on, or empty.",
      example: "25",
    },
    output_ExpiryDate: { describes: "The mandate's last day, YYYYMMDD, or empty.", example: "20271231" },
  },
  callback: {
    names: "Response",
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
    acknowledgedBy: "INS-0",
  },

  missing(sent) {
    if (
      sent("input_QueryBalanceAmount")?.toLowerCase() === "true" &&
      sent("input_BalanceAmount") === undefined
    ) {
      return { code: "INS-55", because: "An amount was asked about, and none was given." };
    }
    if (sent("input_CustomerMSISDN") === undefined && sent("input_MsisdnToken") === undefined) {
      return { code: "INS-57", because: "The customer is named neither by number nor by token." };
    }
    return null;
  },

  async handle(asked) {
    const { values, request, payments, tokens, caller, scenario } = asked;
    const pretended = scenario !== null || isScenario(asked);
    const customer = pretended ? { msisdn: "" } : customerMeant(values, tokens, caller.applicationId, null);
    if ("code" in customer) return customer;
    if (!(await claimOnce(payments.context, request))) return { refusal: "duplicate" };
    if (scenario?.ends === "refused") return { refusal: scenario.refusal };
    if (pretended) return scenarioAnswer(asked);

    const answer = await queryMandate(payments.context, {
      ...request,
      msisdn: customer.msisdn,
      mandateReference: values.input_ThirdPartyReference,
      mandateId: values.input_MandateID,
      balanceMinor: values.input_QueryBalanceAmount ? values.input_BalanceAmount : null,
    });
    return "refusal" in answer ? answer : wordsFor(asked, customer.msisdn, answer);
  },
});

function wordsFor(
  { tokens, caller, wire }: Asked<typeof parameters>,
  msisdn: string,
  answer: MandateAnswer,
): Answer {
  const { mandate } = answer;
  const two = (day: number | null): string => (day === null ? "" : String(day).padStart(2, "0"));
  return {
    fields: {
      output_TransactionReference: wire.conversationId(mandate.paymentId),
      output_SufficientBalance: yesOrNo(answer.sufficient),
      output_MsisdnToken: tokens.tokenFor(caller.applicationId, msisdn),
      output_MandateID: String(mandate.id),
      output_MandateStatus: mandateWords[answer.status],
      output_AccountStatus: accountWords[answer.accountStatus],
      output_FirstPaymentDate: String(mandate.firstPaymentDay ?? ""),
      output_Frequency: mandate.frequency ?? "",
      output_PaymentDayFrom: two(mandate.rangeStart),
      output_PaymentDayTo: two(mandate.rangeEnd),
      output_ExpiryDate: String(mandate.expiryDay ?? ""),
    },
    because: `Mandate ${mandate.id} is ${answer.status}.`,
  };
}

const yesOrNo = (sufficient: boolean | null): string =>
  sufficient === null ? "N/A" : sufficient ? "True" : "False";

const lastDigit = (value: string | undefined, pattern: RegExp): string | undefined =>
  value !== undefined && pattern.test(value) ? value.slice(-1) : undefined;

const allZeroMsisdn = /^0{11}[1-4]$/;
const allZeroMandate = /^0{5}[1-4]$/;

/** Whether the customer's or the mandate's number is itself a trigger. */
function isScenario({ rail, sent }: Asked<typeof parameters>): boolean {
  if (rail.environment !== "sandbox") return false;
  return (
    lastDigit(sent("input_CustomerMSISDN"), allZeroMsisdn) !== undefined ||
    lastDigit(sent("input_MandateID"), allZeroMandate) !== undefined
  );
}

/** A mandate that exists in the scenario alone: monthly, and as its triggers say it is. */
async function scenarioAnswer(asked: Asked<typeof parameters>): Promise<Answer> {
  const { id, values, sent, wire, tokens, caller, payments } = asked;
  const account = lastDigit(sent("input_CustomerMSISDN"), allZeroMsisdn);
  const mandate = lastDigit(sent("input_MandateID"), allZeroMandate);
  const asking = values.input_QueryBalanceAmount ? values.input_BalanceAmount : null;
  const msisdn = values.input_CustomerMSISDN ?? scenarioMsisdn;
  const enough = async (): Promise<boolean> =>
    account === undefined && values.input_CustomerMSISDN !== null
      ? customerHas(payments.context, msisdn, asking ?? 0n)
      : (asking ?? 0n) <= mandateScenario.balanceMinor;
  return {
    fields: {
      output_TransactionReference: wire.conversationId(id),
      output_SufficientBalance: yesOrNo(asking === null ? null : await enough()),
      output_MsisdnToken: tokens.tokenFor(caller.applicationId, msisdn),
      output_MandateID: sent("input_MandateID") ?? "000001",
      output_MandateStatus: wordFor(mandateScenario.mandate, mandate),
      output_AccountStatus: wordFor(mandateScenario.account, account),
      output_FirstPaymentDate: "20200101",
      output_Frequency: "04",
      output_PaymentDayFrom: "01",
      output_PaymentDayTo: "31",
      output_ExpiryDate: "20991231",
    },
    because: "A sandbox scenario asked for this answer.",
  };
}

function wordFor(words: Readonly<Record<string, string>>, digit: string | undefined): string {
  return words[digit ?? "1"] ?? "Active";
}
