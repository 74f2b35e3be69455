/** C2B two-step, second step: commits the held payment, or releases the money. */
import { commonCodes } from "../codes.ts";
import { pickResponseFields, defineOperation } from "../operation.ts";
import {
  apiVersion,
  commitOrRelease,
  country,
  withDescription,
  serviceProviderCode,
  stepTransactionId,
  thirdPartyConversationId,
  voucherCode,
} from "../parameters.ts";

export const updateTransactionStatus = defineOperation({
  product: "updateTransactionStatus",
  title: "C2B two-step, second step",
  description: "Commits a held payment, or releases the money to the customer.",
  method: "PUT",
  path: "updateTransactionStatus",
  markets: null,
  success: { code: "INS-GAR-0", status: 200 },
  codes: { ...commonCodes, "INS-10": 409, "INS-18": 400, "INS-35": 400 },
  parameters: {
    input_CustomerMSISDN: commitOrRelease,
    input_VoucherCode: voucherCode,
    input_Country: country,
    input_TransactionID: stepTransactionId,
    input_ServiceProviderCode: withDescription(
      serviceProviderCode,
      "The shortcode of the receiving organisation.",
    ),
    input_ThirdPartyConversationID: thirdPartyConversationId,
    input_APIVersion: apiVersion,
  },
  organisation: "input_ServiceProviderCode",
  response: pickResponseFields("output_TransactionID"),
  callback: { resultPrefix: "Result", fields: ["input_TransactionID"], acknowledgementCode: "INS-GAR-0" },

  async handle({ values, request, payments, identifiers }) {
    const action = values.input_CustomerMSISDN;
    const transactionId = identifiers.toTransactionId(values.input_TransactionID);
    const outcome = await payments.completeHold({
      ...request,
      action,
      holdCode: values.input_VoucherCode,
      paymentId: identifiers.parse(values.input_TransactionID),
      transactionId,
    });
    return {
      outcome,
      reference: transactionId,
      reason: action === "commit" ? "The held payment was committed." : "The held money was released.",
    };
  },
  responseFields: ({ reference }) => ({ output_TransactionID: reference }),
});
