/** Direct debit, cancellation: a mandate ends. */
import { commonCodes, limitCodes } from "./codes.ts";
import { customerMeant, customerMissing } from "./mandate-customer.ts";
import { answersWith, operation } from "./operation.ts";
import {
  country,
  customerMsisdn,
  described,
  mandateId,
  msisdnToken,
  optional,
  serviceProviderCode,
  thirdPartyConversationId,
  thirdPartyReference,
} from "./parameters.ts";

export const directDebitCancel = operation({
  product: "directDebitCancel",
  title: "Direct debit: cancel a mandate",
  describes: "Ends a mandate. Names the customer by number, by token, or by both.",
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
    input_CustomerMSISDN: optional(described(customerMsisdn, "The number of the customer who consented.")),
    input_Country: country,
    input_ServiceProviderCode: described(serviceProviderCode, "The shortcode of the mandate's organisation."),
    // The sample is the scenario's mandate: nobody has a real one to cancel before creating it.
    input_ThirdPartyReference: described(
      thirdPartyReference,
      "The organisation's own reference of the mandate.",
      "00000000000000000001",
    ),
    input_ThirdPartyConversationID: thirdPartyConversationId,
    input_MandateID: mandateId,
  },
  organisation: "input_ServiceProviderCode",
  answers: answersWith("output_TransactionReference", "output_MsisdnToken"),
  callback: {
    names: "Result",
    fields: ["input_TransactionReference", "input_MsisdnToken"],
    acknowledgedBy: "0",
  },
  missing: customerMissing,

  async handle({ values, request, payments, tokens, caller, scenario }) {
    const customer = customerMeant(values, tokens, caller.applicationId, scenario);
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
      because: "The mandate was cancelled.",
    };
  },
  tells: ({ applicationId, customer, reference }, { tokens }) => ({
    output_TransactionReference: reference,
    output_MsisdnToken: tokens.tokenFor(applicationId, customer),
  }),
});
