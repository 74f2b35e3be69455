/** What the answers alone say about a promise that only the records can show to be kept. */
import { failed, warning } from "../case.ts";
import { describeExchange, type Exchange } from "../exchange.ts";
import type { Delivery, ScenarioRunner } from "../scenario-runner.ts";

/**
 * A success that is not acknowledged is as good as not booked, unless the records say otherwise: production would tell
 * it in vain for two days.
 */
export function reportNotAcknowledged(
  runner: ScenarioRunner,
  name: string,
  deliveries: readonly Delivery[],
): void {
  const unacknowledged = deliveries.find(({ acknowledged }) => !acknowledged);
  if (unacknowledged === undefined) return;
  const message = `It was not acknowledged: ${describeExchange(unacknowledged.attempts.at(-1) as Exchange)}`;
  const booked = runner.findings.get(name)?.verdict === "passed";
  runner.report(name, booked ? warning(`Booked, but told for two days: ${message}`) : failed(message));
}
