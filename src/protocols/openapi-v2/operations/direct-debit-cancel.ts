/** Direct debit, cancellation: ends a mandate. */
import { commonCodes, limitCodes } from "../codes.ts";
import { resolveCustomer, checkCustomerPresent } from "../resolve-mandate-customer.ts";
import { pickResponseFields, defineOperation } from "../operation.ts";
import {
  country,
  customerMsisdn,
  withDescription,
  mandateId,
  msisdnToken,
  optional,
  serviceProviderCode,
  thirdPartyConversationId,
  thirdPartyReference,
} from "../parameters.ts";

export const directDebitCancel = defineOperation({
  product: "directDebitCancel",
  title: "Direct debit: cancel a mandate",
  description: "Cancels a mandate. Identify the customer by MSISDN, by token, or by both.",
  method: "PUT",
  path: "directDebitCancel",
  markets: null,
  success: { code: "INS-0", status: 201 },
  codes: {
    ...commonCodes,
    ...limitCodes,
    "INS-6": { status: 401, text: "Mandate does not exist" },
    "INS-10": 409,
    "INS-19": { status: 400, text: "Invalid ThirdPartyReference Used." },
    "INS-30": 400,
    "INS-50": 400,
    "INS-51": 400,
    "INS-52": 400,
    "INS-2006": 422,
    "INS-2051": 400,
  },
  parameters: {
    input_MsisdnToken: msisdnToken,
    input_CustomerMSISDN: optional(
      withDescription(customerMsisdn, "The MSISDN of the customer who consented."),
    ),
    input_Country: country,
    input_ServiceProviderCode: withDescription(
      serviceProviderCode,
      "The shortcode of the mandate's organisation.",
    ),
    // The example is the scenario's mandate: a new user has no real mandate to cancel.
    input_ThirdPartyReference: withDescription(
      thirdPartyReference,
      "The organisation's own reference of the mandate.",
      "00000000000000000001",
    ),
    input_ThirdPartyConversationID: thirdPartyConversationId,
    input_MandateID: mandateId,
  },
  organisation: "input_ServiceProviderCode",
  response: pickResponseFields("output_TransactionReference", "output_MsisdnToken"),
  callback: {
    resultPrefix: "Result",
    fields: ["input_TransactionReference", "input_MsisdnToken"],
    acknowledgementCode: "0",
  },
  checkMissing: checkCustomerPresent,

  async handle({ values, request, payments, tokens, caller, scenario }) {
    const customer = resolveCustomer(values, tokens, caller.applicationId, scenario);
    if ("code" in customer) return customer;
    const outcome = await payments.cancelMandate({
      ...request,
      msisdn: customer.msisdn,
      mandateReference: values.input_ThirdPartyReference,
      mandateId: values.input_MandateID,
    });
    return {
      outcome,
      customer: customer.msisdn,
      reference: values.input_ThirdPartyReference,
      reason: "The mandate was cancelled.",
    };
  },
  responseFields: ({ applicationId, customer, reference }, { tokens }) => ({
    output_TransactionReference: reference,
    output_MsisdnToken: tokens.tokenFor(applicationId, customer),
  }),
});
