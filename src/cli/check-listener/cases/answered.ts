/** What the answers alone say about a promise that only the records can show to be kept. */
import { failed, warning } from "../case.ts";
import { inWords, type Exchange } from "../exchange.ts";
import type { Delivery, Stage } from "../stage.ts";

/**
 * A success that is not acknowledged is as good as not booked, unless the records say otherwise: production would tell
 * it in vain for two days.
 */
export function notAcknowledged(stage: Stage, name: string, deliveries: readonly Delivery[]): void {
  const lost = deliveries.find(({ acknowledged }) => !acknowledged);
  if (lost === undefined) return;
  const says = `It was not acknowledged: ${inWords(lost.attempts.at(-1) as Exchange)}`;
  const booked = stage.findings.get(name)?.verdict === "passed";
  stage.report(name, booked ? warning(`Booked, but told for two days: ${says}`) : failed(says));
}
