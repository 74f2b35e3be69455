/** The callback of a checkout: to its CALL_BACK_URL, by the method that the merchant chose. */
import type { Notification, RenderedNotification } from "../../../callbacks/notification.ts";
import type { Environment } from "../../../core/markets.ts";
import type { PublicIds } from "../../../core/ids.ts";
import type { OwedNotification, PaymentEvent } from "../../../payments/notifications.ts";
import { formatForm, listResultFields, renderMessage, type CheckoutResult } from "./messages.ts";
import { lnmoNotificationKinds, lnmoOperation } from "./names.ts";
import { toPaymentResult } from "./results.ts";

/** Whether a payment is one of the checkout. */
export const isLnmoPayment = ({ operation }: { readonly operation: string | null }): boolean =>
  operation === lnmoOperation;

/** One, when the payment has its outcome. Pure. */
export const owedLnmoNotifications = ({ status, endpoints }: PaymentEvent): readonly OwedNotification[] =>
  status === "held"
    ? []
    : Object.keys(lnmoNotificationKinds).flatMap((kind) => {
        const endpoint = endpoints[kind];
        return endpoint === undefined ? [] : [{ kind, endpoint }];
      });

export function renderLnmoNotification(
  keys: Readonly<Record<Environment, { readonly publicIds: PublicIds }>>,
  { payment, rail, kind }: Notification,
): RenderedNotification {
  if (payment === null) throw new Error("a checkout's callback is about a payment");
  return renderCheckoutResult(kind, toPaymentResult(payment, keys[rail.environment].publicIds));
}

/** A result in the form of a kind of notification; XML for one that is not known any more. */
export function renderCheckoutResult(kind: string, result: CheckoutResult): RenderedNotification {
  switch (kind) {
    case "lnmo_get":
      return {
        method: "GET",
        contentType: formType,
        query: formatForm(result),
        body: "",
        checkAcknowledgement,
      };
    case "lnmo_post":
      return { contentType: formType, body: formatForm(result), checkAcknowledgement };
    case "lnmo_xml":
    default:
      return {
        contentType: "text/xml; charset=utf-8",
        headers: { soapaction: '""' },
        body: renderMessage("ResultMsg", listResultFields(result)),
        checkAcknowledgement,
      };
  }
}

const formType = "application/x-www-form-urlencoded";

/** The guide asks for the word `ok` or `success`. Any other 2xx counts too, with a warning. */
const checkAcknowledgement = (body: string): string | null =>
  /\b(?:ok|success)\b/i.test(body) ? null : "The body has neither of the words ok and success.";
