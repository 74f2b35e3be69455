/**
 * A payment's CommandID, which its result and its status name. It is the first word of the payment's description; the
 * caller's remarks follow it.
 */
import type { PaymentRow } from "../../payments/payments.ts";

export const describeCommand = (command: string, remarks: string | null): string =>
  remarks === null ? command : `${command} ${remarks}`;

export const readCommand = ({ description }: Pick<PaymentRow, "description">): string =>
  description.split(" ", 1)[0] ?? "";
