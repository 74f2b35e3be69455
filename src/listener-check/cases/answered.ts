/** Findings from responses for cases that are otherwise judged by records. */
import { failed, warning } from "../finding.ts";
import { describeExchange, type Delivery, type Exchange } from "../exchange.ts";
import type { ScenarioRunner } from "../scenario-runner.ts";

/**
 * An unacknowledged success counts as not booked unless the records show otherwise, because production would
 * retry it in vain for two days.
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
  runner.report(
    name,
    booked ? warning(`Booked, but production would retry it for two days: ${message}`) : failed(message),
  );
}
