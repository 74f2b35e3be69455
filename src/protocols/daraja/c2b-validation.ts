/** How Daraja asks an organisation whether it accepts a payment that a customer started. */
import type { ValidationFormat } from "../../validations/validation-format.ts";
import { parseValidationAnswer, renderC2bMessage } from "./c2b-messages.ts";
import type { MaskStyle } from "./msisdn-forms.ts";
import { toJson } from "./wire-json.ts";

/** `maskStyle`: how masked MSISDNs look. */
export const createDarajaValidation = ({
  maskStyle,
}: {
  readonly maskStyle: MaskStyle;
}): ValidationFormat => ({
  render: ({ payment, parties }) => ({
    contentType: "application/json",
    body: toJson(
      renderC2bMessage(payment, parties, {
        receipt: payment.receipt ?? "",
        at: payment.at.getTime(),
        balances: null,
        maskStyle,
      }),
    ),
  }),
  parse: parseValidationAnswer,
});
