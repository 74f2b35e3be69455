/** C2B single stage: a customer pays an organisation in one step. */
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
  input_Amount: withDescription(amount, "The amount that the customer pays."),
  input_CustomerMSISDN: withDescription(customerMsisdn, "The MSISDN of the paying customer."),
  input_Country: country,
  input_Currency: currency,
  input_ServiceProviderCode: withDescription(
    serviceProviderCode,
    "The shortcode of the receiving organisation.",
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
    "A customer pays an organisation. The customer confirms on their handset, and the money moves in one step.",
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
    const reason = `Collected ${formatMoney(validated)} for ${validated.values.input_ServiceProviderCode}.`;
    return { outcome, reason };
  },
  responseFields: transactionIdField,
});

/** The collection request of either C2B call. */
export function toCollection({ values, request }: ValidatedRequest<typeof c2bParameters>) {
  return {
    ...request,
    msisdn: values.input_CustomerMSISDN,
    amountMinor: values.input_Amount,
    customerReference: values.input_TransactionReference,
    description: values.input_PurchasedItemsDesc,
  };
}
