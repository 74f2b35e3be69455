/** Query beneficiary name: whose number this is, before money is sent to it. Ghana alone. */
import { beneficiaryName } from "../../payments/queries.ts";
import { commonCodes } from "./codes.ts";
import { operation } from "./operation.ts";
import {
  country,
  customerMsisdn,
  described,
  kycQueryType,
  serviceProviderCode,
  thirdPartyConversationId,
} from "./parameters.ts";

export const queryBeneficiaryName = operation({
  product: "queryBeneficiaryName",
  title: "Query beneficiary name",
  describes: "Tells the name that a customer is registered under.",
  method: "GET",
  path: "queryBeneficiaryName",
  markets: ["vodafoneGHA"],
  success: { code: "INS-0", status: 200 },
  codes: { ...commonCodes, "INS-32": 400, "INS-2051": { status: 400, text: "2051 MSISDN invalid." } },
  parameters: {
    input_CustomerMSISDN: described(customerMsisdn, "The number of the customer.", "254707161122"),
    input_Country: country,
    input_ServiceProviderCode: serviceProviderCode,
    input_ThirdPartyConversationID: thirdPartyConversationId,
    input_KycQueryType: kycQueryType,
  },
  organisation: "input_ServiceProviderCode",
  answers: {
    output_CustomerFirstName: { describes: "The customer's first name.", example: "Jiazhen" },
    output_CustomerLastName: { describes: "The customer's last name.", example: "Wuu" },
  },
  callback: {
    names: "Result",
    fields: ["input_CustomerFirstName", "input_CustomerLastName"],
    acknowledgedBy: "0",
  },

  async handle({ values, request, payments }) {
    const found = await beneficiaryName(payments.context, {
      ...request,
      msisdn: values.input_CustomerMSISDN,
    });
    if ("refusal" in found) return found;
    return {
      fields: { output_CustomerFirstName: found.firstName, output_CustomerLastName: found.lastName },
      because: "The customer is registered.",
    };
  },
});
