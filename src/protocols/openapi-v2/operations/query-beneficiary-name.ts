/** Query beneficiary name: the registered name of an MSISDN, to check before paying it. Ghana only. */
import { findBeneficiaryName } from "../../../payments/queries.ts";
import { commonCodes } from "../codes.ts";
import { defineOperation } from "../operation.ts";
import {
  country,
  customerMsisdn,
  withDescription,
  kycQueryType,
  serviceProviderCode,
  thirdPartyConversationId,
} from "../parameters.ts";

export const queryBeneficiaryName = defineOperation({
  product: "queryBeneficiaryName",
  title: "Query beneficiary name",
  description: "Returns the name that a customer is registered under.",
  method: "GET",
  path: "queryBeneficiaryName",
  markets: ["vodafoneGHA"],
  success: { code: "INS-0", status: 200 },
  codes: { ...commonCodes, "INS-32": 400, "INS-2051": { status: 400, text: "2051 MSISDN invalid." } },
  parameters: {
    input_CustomerMSISDN: withDescription(customerMsisdn, "The MSISDN of the customer.", "254707161122"),
    input_Country: country,
    input_ServiceProviderCode: serviceProviderCode,
    input_ThirdPartyConversationID: thirdPartyConversationId,
    input_KycQueryType: kycQueryType,
  },
  organisation: "input_ServiceProviderCode",
  response: {
    output_CustomerFirstName: { description: "The customer's first name.", example: "Jiazhen" },
    output_CustomerLastName: { description: "The customer's last name.", example: "Wuu" },
  },
  callback: {
    resultPrefix: "Result",
    fields: ["input_CustomerFirstName", "input_CustomerLastName"],
    acknowledgementCode: "0",
  },

  async handle({ values, request, payments }) {
    const result = await findBeneficiaryName(payments.context, {
      ...request,
      msisdn: values.input_CustomerMSISDN,
    });
    if ("refusal" in result) return result;
    return {
      fields: { output_CustomerFirstName: result.firstName, output_CustomerLastName: result.lastName },
      reason: "The customer is registered.",
    };
  },
});
