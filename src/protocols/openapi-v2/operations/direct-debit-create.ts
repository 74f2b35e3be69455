/** Direct debit, creation: a customer consents to debits by an organisation. */
import { allowsDayRange } from "../../../payments/mandate-terms.ts";
import { localTime } from "../../../core/clock.ts";
import { markets } from "../../../core/markets.ts";
import { commonCodes, limitCodes } from "../codes.ts";
import { pickResponseFields, defineOperation, type ParameterError, type Values } from "../operation.ts";
import {
  agreedTc,
  country,
  customerMsisdn,
  withDescription,
  endRangeOfDays,
  expiryDate,
  firstPaymentDate,
  frequency,
  refuseEmpty,
  serviceProviderCode,
  startRangeOfDays,
  thirdPartyConversationId,
  thirdPartyReference,
} from "../parameters.ts";

const parameters = {
  input_CustomerMSISDN: withDescription(customerMsisdn, "The MSISDN of the consenting customer."),
  input_Country: country,
  input_ServiceProviderCode: withDescription(
    serviceProviderCode,
    "The shortcode of the debiting organisation.",
  ),
  input_ThirdPartyReference: thirdPartyReference,
  input_ThirdPartyConversationID: thirdPartyConversationId,
  input_AgreedTC: agreedTc,
  // Each of these limits the debits. Null is how many programs leave out a text.
  input_FirstPaymentDate: refuseEmpty(firstPaymentDate, "empty"),
  input_Frequency: refuseEmpty(frequency, "empty"),
  input_StartRangeOfDays: refuseEmpty(startRangeOfDays, "empty"),
  input_EndRangeOfDays: refuseEmpty(endRangeOfDays, "empty"),
  input_ExpiryDate: refuseEmpty(expiryDate, "empty"),
};

export const directDebitCreate = defineOperation({
  product: "directDebitCreate",
  title: "Direct debit: create a mandate",
  description: "Asks a customer to consent to debits, and returns the mandate.",
  method: "POST",
  path: "directDebitCreation",
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
    "INS-36": 400,
    "INS-39": 400,
    "INS-40": 400,
    "INS-41": 400,
    "INS-42": 400,
    "INS-43": 400,
    "INS-2006": 422,
    "INS-2051": 400,
  },
  parameters,
  organisation: "input_ServiceProviderCode",
  response: pickResponseFields("output_TransactionReference", "output_MsisdnToken", "output_MandateID"),
  callback: {
    resultPrefix: "Result",
    fields: ["input_TransactionReference", "input_MsisdnToken", "input_MandateID"],
    acknowledgementCode: "0",
  },
  validate: validateDatesAndDays,

  async handle({ rail, values, request, payments }) {
    const today = localTime(payments.context.clock.now(), markets[rail.market].timeZone).day;
    const firstPaymentDay = values.input_FirstPaymentDate ?? (values.input_Frequency === null ? null : today);
    // This check needs the rail's business date, so it is not in `validate`.
    if (
      firstPaymentDay !== null &&
      values.input_ExpiryDate !== null &&
      values.input_ExpiryDate < firstPaymentDay
    ) {
      return { code: "INS-43", reason: "The expiry date is before the first payment date." };
    }
    const outcome = await payments.createMandate({
      ...request,
      msisdn: values.input_CustomerMSISDN,
      mandateReference: values.input_ThirdPartyReference,
      frequency: values.input_Frequency,
      firstPaymentDay,
      expiryDay: values.input_ExpiryDate,
      rangeStart: values.input_StartRangeOfDays,
      rangeEnd: values.input_EndRangeOfDays,
    });
    const reason = `The customer consented to mandate ${outcome.mandateId}.`;
    return { outcome, customer: values.input_CustomerMSISDN, reason };
  },
  responseFields: ({ id, applicationId, customer, mandateId }, { identifiers, tokens }) => ({
    output_TransactionReference: identifiers.conversationId(id),
    output_MsisdnToken: tokens.tokenFor(applicationId, customer),
    output_MandateID: mandateId?.toString() ?? "",
  }),
});

/** M-Pesa's documented rules for dates and days, which depend on the frequency. */
function validateDatesAndDays(values: Values<typeof parameters>): ParameterError | null {
  const { input_Frequency: frequencyCode, input_StartRangeOfDays: start, input_EndRangeOfDays: end } = values;
  if (frequencyCode === null && values.input_FirstPaymentDate !== null) {
    return { code: "INS-39", reason: "A first payment date needs a frequency." };
  }
  const daysAllowed = frequencyCode !== null && allowsDayRange(frequencyCode);
  if (!daysAllowed && start !== null) {
    return { code: "INS-41", reason: "A range of days needs a monthly or longer frequency." };
  }
  if (!daysAllowed && end !== null) {
    return { code: "INS-42", reason: "A range of days needs a monthly or longer frequency." };
  }
  if (start !== null && end !== null && end < start) {
    return { code: "INS-42", reason: "The end of the range of days is before its start." };
  }
  return null;
}
