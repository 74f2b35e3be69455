/** Direct debit, payment: an organisation debits a customer under a mandate, without a new prompt. */
import { commonCodes, limitCodes } from "../codes.ts";
import { resolveCustomer, checkCustomerPresent } from "../resolve-mandate-customer.ts";
import { pickResponseFields, defineOperation } from "../operation.ts";
import {
  amount,
  country,
  currency,
  customerMsisdn,
  withDescription,
  mandateId,
  msisdnToken,
  optional,
  serviceProviderCode,
  thirdPartyConversationId,
  thirdPartyReference,
} from "../parameters.ts";
import { formatMoney } from "../log-text.ts";

export const directDebitPayment = defineOperation({
  product: "directDebitPayment",
  title: "Direct debit: pay",
  description:
    "Debits a customer under a mandate: once per period, on the agreed days. Identify the customer by MSISDN, by token, or by both.",
  method: "POST",
  path: "directDebitPayment",
  markets: null,
  success: { code: "INS-0", status: 201 },
  codes: {
    ...commonCodes,
    ...limitCodes,
    "INS-10": 409,
    "INS-15": 400,
    "INS-17": 400,
    "INS-26": 400,
    "INS-30": 400,
    "INS-50": 400,
    "INS-51": 400,
    "INS-52": 400,
    "INS-2006": 422,
    "INS-2051": 400,
  },
  parameters: {
    input_MsisdnToken: msisdnToken,
    input_CustomerMSISDN: optional(withDescription(customerMsisdn, "The MSISDN of the debited customer.")),
    input_Country: country,
    input_ServiceProviderCode: withDescription(
      serviceProviderCode,
      "The shortcode of the receiving organisation.",
    ),
    input_ThirdPartyReference: thirdPartyReference,
    input_ThirdPartyConversationID: thirdPartyConversationId,
    input_Amount: withDescription(amount, "The amount that the customer pays."),
    input_Currency: currency,
    input_MandateID: mandateId,
  },
  organisation: "input_ServiceProviderCode",
  response: pickResponseFields("output_TransactionID", "output_MsisdnToken"),
  callback: {
    resultPrefix: "Result",
    fields: ["input_TransactionID", "input_MsisdnToken"],
    acknowledgementCode: "0",
  },
  checkMissing: checkCustomerPresent,

  async handle(validated) {
    const { values, request, payments, tokens, caller, scenario } = validated;
    const customer = resolveCustomer(values, tokens, caller.applicationId, scenario);
    if ("code" in customer) return customer;
    const outcome = await payments.debit({
      ...request,
      msisdn: customer.msisdn,
      mandateReference: values.input_ThirdPartyReference,
      mandateId: values.input_MandateID,
      amountMinor: values.input_Amount,
    });
    return {
      outcome,
      customer: customer.msisdn,
      reason: `Debited ${formatMoney(validated)} for ${values.input_ServiceProviderCode}.`,
    };
  },
  responseFields: ({ id, applicationId, customer }, { identifiers, tokens }) => ({
    output_TransactionID: identifiers.transactionId(id),
    output_MsisdnToken: tokens.tokenFor(applicationId, customer),
  }),
});
