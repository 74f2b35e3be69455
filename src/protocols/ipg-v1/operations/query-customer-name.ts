/** Query customer name: the registered name of an MSISDN, masked, to check before paying it. */
import { findBeneficiaryName } from "../../../payments/queries.ts";
import { commonCodes, listCodes } from "../codes.ts";
import { maskName } from "../mask-name.ts";
import { defineIpgV1Operation, transactionIdField } from "../operation.ts";
import { customerMsisdn, shortcode, thirdPartyReference } from "../parameters.ts";
import { queryOutcomes } from "../scenarios.ts";

export const queryCustomerName = defineIpgV1Operation({
  product: "ipgV1QueryCustomerName",
  shortName: "queryCustomerName",
  title: "Query customer name",
  description:
    "Returns the name that a customer is registered under, with its middle masked. An application without this product gets INS-26.",
  method: "GET",
  path: "queryCustomerName",
  listener: "queryCustomerName",
  success: { code: "INS-0", status: 200 },
  codes: listCodes(commonCodes, ["INS-995", "INS-996", "INS-2051"]),
  parameters: {
    input_CustomerMSISDN: customerMsisdn,
    input_ThirdPartyReference: thirdPartyReference,
    input_ServiceProviderCode: shortcode,
  },
  organisation: "input_ServiceProviderCode",
  response: {
    output_CustomerName: {
      description: "The customer's name, masked. `N/A` if there is none.",
      example: "Jo*n Sm**h",
      failureValue: "N/A",
    },
    output_TransactionID: {
      ...transactionIdField.output_TransactionID,
      description: "Always `N/A`.",
      example: "N/A",
    },
  },
  repeatsCode: true,
  trigger: {
    field: "input_CustomerMSISDN",
    scheme: "customer",
    outcomes: {
      ...queryOutcomes,
      "INS-26": "operation_not_allowed",
      "INS-995": "customer_not_eligible",
      "INS-996": "customer_inactive",
      "INS-2051": "customer_unknown",
    },
  },

  async handle({ values, request, payments, scenario }) {
    if (scenario?.outcome === "refused") return { refusal: scenario.refusal };
    const result = await findBeneficiaryName(payments.context, {
      ...request,
      msisdn: values.input_CustomerMSISDN,
    });
    if ("refusal" in result) return result;
    const name = [result.firstName, result.lastName]
      .filter((part) => part !== "")
      .map(maskName)
      .join(" ");
    return {
      fields: { output_CustomerName: name, output_TransactionID: "N/A" },
      reason: "The customer is registered.",
    };
  },
});
