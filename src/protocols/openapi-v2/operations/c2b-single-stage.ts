/** C2B single stage: a customer pays an organisation, and the money moves at once. */
import { formatMoney } from "../log-text.ts";
import { commonCodes, limitCodes } from "../codes.ts";
import {
  pickResponseFields,
  moneyCallback,
  defineOperation,
  transactionIdField,
  type ValidatedRequest,
} from "../operation.ts";
import {
  amount,
  country,
  currency,
  customerMsisdn,
  withDescription,
  purchasedItemsDesc,
  serviceProviderCode,
  thirdPartyConversationId,
  transactionReference,
} from "../parameters.ts";

export const c2bParameters = {
  input_Amount: withDescription(amount, "What the customer pays."),
  input_CustomerMSISDN: withDescription(customerMsisdn, "The number of the customer who pays."),
  input_Country: country,
  input_Currency: currency,
  input_ServiceProviderCode: withDescription(
    serviceProviderCode,
    "The shortcode of the organisation that is paid.",
  ),
  input_TransactionReference: transactionReference,
  input_ThirdPartyConversationID: thirdPartyConversationId,
  input_PurchasedItemsDesc: purchasedItemsDesc,
};

export const c2bCodes = {
  ...commonCodes,
  ...limitCodes,
  "INS-10": 409,
  "INS-15": 400,
  "INS-17": 400,
  "INS-26": 400,
  "INS-30": 400,
  "INS-2006": 422,
  "INS-2051": 400,
} as const;

export const c2bSingleStage = defineOperation({
  product: "c2bSingle",
  title: "C2B single stage",
  description:
    "A customer pays an organisation. The customer is asked on their handset, and the money moves at once.",
  method: "POST",
  path: "c2bPayment/singleStage",
  markets: null,
  success: { code: "INS-0", status: 201 },
  codes: c2bCodes,
  parameters: c2bParameters,
  organisation: "input_ServiceProviderCode",
  response: pickResponseFields("output_TransactionID"),
  callback: moneyCallback,

  async handle(validated) {
    const outcome = await validated.payments.collect(toCollection(validated));
    const reason = `${formatMoney(validated)} was collected for ${validated.values.input_ServiceProviderCode}.`;
    return { outcome, reason };
  },
  responseFields: transactionIdField,
});

/** The collection that either C2B call asks for. */
export function toCollection({ values, request }: ValidatedRequest<typeof c2bParameters>) {
  return {
    ...request,
    msisdn: values.input_CustomerMSISDN,
    amountMinor: values.input_Amount,
    customerReference: values.input_TransactionReference,
    description: values.input_PurchasedItemsDesc,
  };
}
