import { runScript } from "./child-process.ts";
import type { ConstantRatePlan, ConstantRateResult } from "./constant-rate-load.ts";
import { market } from "./control.ts";
import { parties } from "./load-run.ts";
import type { SandboxJson } from "./platform.ts";

/** Sends payments of these sessions in turns at a constant rate, from a separate process. */
export async function runConstantRateLoad(
  { gateway, openapi }: SandboxJson,
  sessions: readonly string[],
  timing: Pick<ConstantRatePlan, "perSecond" | "seconds" | "warmUpSeconds">,
  signal: AbortSignal,
): Promise<ConstantRateResult> {
  const plan: ConstantRatePlan = {
    url: `${gateway}/sandbox/ipg/v2/${market.name}/c2bPayment/singleStage/`,
    publicKey: openapi.publicKey,
    sessions,
    firstShortcode: parties.firstShortcode,
    msisdnPrefix: market.prefix,
    firstMsisdn: parties.firstMsisdn,
    customers: parties.customers,
    country: market.country,
    currency: market.currency,
    ...timing,
  };
  const result = await runScript("constant-rate-load", { input: JSON.stringify(plan), signal });
  // The script prints a value of this type.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return result as ConstantRateResult;
}
