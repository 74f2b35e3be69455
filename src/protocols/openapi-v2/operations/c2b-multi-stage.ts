/** C2B two-step, first step: holds the customer's money until the organisation commits or releases it. */
import { c2bCodes, c2bParameters, toCollection } from "./c2b-single-stage.ts";
import { pickResponseFields, moneyCallback, defineOperation } from "../operation.ts";
import { apiVersion } from "../parameters.ts";
import { formatMoney } from "../log-text.ts";

export const c2bMultiStage = defineOperation({
  product: "c2bMultiStage",
  title: "C2B two-step, first step",
  description:
    "Holds a customer's money for an organisation. updateTransactionStatus commits or releases it with the voucher code. A hold that is neither committed nor released expires.",
  method: "POST",
  path: "c2bPayment/multiStage",
  markets: null,
  success: { code: "INS-0", status: 201 },
  codes: c2bCodes,
  parameters: { ...c2bParameters, input_APIVersion: apiVersion },
  organisation: "input_ServiceProviderCode",
  response: pickResponseFields("output_TransactionID", "output_VoucherCode"),
  // M-Pesa's documentation does not list the voucher, but an asynchronous caller cannot commit without it.
  callback: { ...moneyCallback, fields: ["input_TransactionID", "input_VoucherCode"] },

  async handle(validated) {
    const outcome = await validated.payments.collectInTwoSteps(toCollection(validated));
    const reason = `Held ${formatMoney(validated)} for ${validated.values.input_ServiceProviderCode}.`;
    return { outcome, reason };
  },
  responseFields: ({ id, voucher }, { identifiers }) => ({
    output_TransactionID: identifiers.transactionId(id),
    output_VoucherCode: voucher ?? "",
  }),
});
