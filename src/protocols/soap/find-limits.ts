/** Whether an application may use a product now, and within which limits. */
import { localTime } from "../../core/clock.ts";
import { markets, type Environment } from "../../core/markets.ts";
import { isWithinUsageHours, type PaymentLimits } from "../../payments/limits.ts";
import type { SpCaller } from "./authentication.ts";
import type { BrokerRejection } from "./broker-reply.ts";
import { soapMarket } from "./names.ts";
import type { SoapProduct } from "./products.ts";
import { brokerError } from "./response-codes.ts";
import type { SoapDeps } from "./soap-deps.ts";

/** The application's limits of a product, or why it may not use it now. */
export function findLimits(
  { clocks }: Pick<SoapDeps, "clocks">,
  environment: Environment,
  { application }: SpCaller,
  product: SoapProduct,
): PaymentLimits | BrokerRejection {
  const limits = application.limitsFor(product, soapMarket);
  if (limits === null)
    return {
      error: brokerError("100000010"),
      reason: `The application does not have the product ${product}.`,
    };
  const { minute } = localTime(clocks[environment].now(), markets[soapMarket].timeZone);
  return isWithinUsageHours(limits, minute)
    ? limits
    : {
        error: brokerError("100000010"),
        reason: "The application may not use this command at this time of day.",
      };
}
