/** C2B: a customer pays an organisation. */
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

/** The codes of payments from and to a customer. */
export const customerCodes = [
  "INS-17",
  "INS-993",
  "INS-994",
  "INS-995",
  "INS-996",
  "INS-997",
  "INS-2051",
  "INS-2057",
] as const;

export const c2b = defineIpgV1Operation({
  product: "ipgV1C2b",
  shortName: "c2b",
  title: "C2B",
  description: "A customer pays an organisation. The customer confirms on their handset.",
  method: "POST",
  path: "c2bPayment/singleStage",
  listener: "c2b",
  success: { code: "INS-0", status: 201 },
  codes: listCodes(commonCodes, paymentCodes, customerCodes, ["INS-5"]),
  parameters: {
    input_TransactionReference: transactionReference,
    input_CustomerMSISDN: withDetails(customerMsisdn, {
      description: `The paying customer. ${customerMsisdn.description}`,
    }),
    input_Amount: withDetails(amount, { description: `What the customer pays. ${amount.description}` }),
    input_ThirdPartyReference: thirdPartyReference,
    input_ServiceProviderCode: withDetails(shortcode, {
      description: "The shortcode of the receiving organisation.",
    }),
  },
  organisation: "input_ServiceProviderCode",
  response: transactionIdField,
  trigger: {
    field: "input_CustomerMSISDN",
    scheme: "customer",
    outcomes: { ...customerOutcomes, "INS-5": "customer_declined", "INS-2006": "customer_balance_too_low" },
  },

  async handle({ values, request, payments }) {
    const outcome = await payments.collect({
      ...request,
      msisdn: values.input_CustomerMSISDN,
      amountMinor: values.input_Amount,
      customerReference: values.input_TransactionReference,
      description: "",
    });
    const reason = `Collected ${formatMoney(values.input_Amount)} for ${values.input_ServiceProviderCode}.`;
    return { outcome, reason };
  },
});
