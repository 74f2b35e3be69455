/** How requests can fail in the sandbox because a test asks for it: with the codes of the Broker that have no other cause. */
import type { Environment } from "../../core/markets.ts";
import type { RequestFaultInfo } from "../protocol.ts";
import type { BrokerRejection } from "./broker-reply.ts";
import { soapMarket } from "./names.ts";
import { brokerError, faultCodes } from "./response-codes.ts";
import type { SoapDeps } from "./soap-deps.ts";

const kinds = Object.keys(faultCodes) as readonly (keyof typeof faultCodes)[];

export const requestFaults: readonly RequestFaultInfo[] = kinds.map((kind) => {
  const { code, description } = brokerError(faultCodes[kind]);
  return {
    kind,
    description: `The next valid command of the SOAP Broker has ResponseCode ${code}, ${description}. Nothing is executed.`,
  };
});

/** Takes a fault for a request that is valid. Never in live. */
export async function takeBrokerFault(
  { takeFault }: Pick<SoapDeps, "takeFault">,
  environment: Environment,
): Promise<BrokerRejection | null> {
  const kind = environment === "live" ? null : await takeFault(soapMarket, kinds);
  if (kind === null) return null;
  return {
    error: brokerError(faultCodes[kind as keyof typeof faultCodes]),
    reason: `Nothing was executed: a test asked for this fault (${kind}).`,
  };
}
