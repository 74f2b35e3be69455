/** C2B two-step, second step: commit the held payment, or release the money. */
import { commonCodes } from "./codes.ts";
import { answersWith, operation } from "./operation.ts";
import {
  apiVersion,
  commitOrRelease,
  country,
  described,
  serviceProviderCode,
  stepTransactionId,
  thirdPartyConversationId,
  voucherCode,
} from "./parameters.ts";

export const updateTransactionStatus = operation({
  product: "updateTransactionStatus",
  title: "C2B two-step, second step",
  describes: "Commits a held payment, or releases the money to the customer.",
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
    input_ServiceProviderCode: described(
      serviceProviderCode,
      "The shortcode of the organisation that is paid.",
    ),
    input_ThirdPartyConversationID: thirdPartyConversationId,
    input_APIVersion: apiVersion,
  },
  organisation: "input_ServiceProviderCode",
  answers: answersWith("output_TransactionID"),
  callback: { names: "Result", fields: ["input_TransactionID"], acknowledgedBy: "INS-GAR-0" },

  async handle({ values, request, payments, wire }) {
    const ends = values.input_CustomerMSISDN;
    const outcome = await payments.endTwoStep({
      ...request,
      ends,
      voucher: values.input_VoucherCode,
      paymentId: wire.find(values.input_TransactionID),
      transactionId: values.input_TransactionID,
    });
    return {
      outcome,
      reference: values.input_TransactionID,
      because: ends === "commit" ? "The held payment was committed." : "The held money was released.",
    };
  },
  tells: ({ reference }) => ({ output_TransactionID: reference }),
});
