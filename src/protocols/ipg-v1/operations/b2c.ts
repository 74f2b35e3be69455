/** B2C: an organisation pays a customer. */
import { commonCodes, listCodes, paymentCodes } from "../codes.ts";
import { formatMoney } from "../log-text.ts";
import { defineIpgV1Operation, transactionIdField } from "../operation.ts";
import {
  amount,
  customerMsisdn,
  shortcode,
  thirdPartyReference,
  transactionReference,
  withDetails,
} from "../parameters.ts";
import { customerOutcomes } from "../scenarios.ts";
import { customerCodes } from "./c2b.ts";

export const b2c = defineIpgV1Operation({
  product: "ipgV1B2c",
  shortName: "b2c",
  title: "B2C",
  description: "An organisation pays a customer: for example a salary, a refund or a prize.",
  method: "POST",
  path: "b2cPayment",
  listener: "b2c",
  success: { code: "INS-0", status: 201 },
  codes: listCodes(commonCodes, paymentCodes, customerCodes),
  parameters: {
    input_TransactionReference: transactionReference,
    input_CustomerMSISDN: withDetails(customerMsisdn, {
      description: `The customer who gets the money. ${customerMsisdn.description}`,
    }),
    input_Amount: withDetails(amount, { description: `What the customer gets. ${amount.description}` }),
    input_ThirdPartyReference: thirdPartyReference,
    input_ServiceProviderCode: withDetails(shortcode, {
      description: "The shortcode of the paying organisation.",
    }),
  },
  organisation: "input_ServiceProviderCode",
  response: transactionIdField,
  trigger: {
    field: "input_CustomerMSISDN",
    scheme: "customer",
    outcomes: { ...customerOutcomes, "INS-2006": "organisation_balance_too_low" },
  },

  async handle({ values, request, payments }) {
    const outcome = await payments.payOut({
      ...request,
      msisdn: values.input_CustomerMSISDN,
      amountMinor: values.input_Amount,
      customerReference: values.input_TransactionReference,
      description: "",
    });
    const reason = `Paid out ${formatMoney(values.input_Amount)} from ${values.input_ServiceProviderCode}.`;
    return { outcome, reason };
  },
});
