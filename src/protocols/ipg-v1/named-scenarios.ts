/** The triggers by name, `<call>:<outcome>`, made from the operations. */
import { getRefusalInfo } from "../../payments/refusals.ts";
import type { NamedScenario } from "../scenario.ts";
import type { IpgV1Code } from "./codes.ts";
import type { IpgV1Operation } from "./operation.ts";
import { getOperationInfo, operations } from "./operations.ts";
import { findRefusalCode } from "./response.ts";
import { formatTrigger } from "./scenarios.ts";

const toNumber = (code: string): number => Number(code.slice("INS-".length));

/** The codes that a call's triggers select, in numerical order. */
export const listTriggerCodes = ({ trigger }: IpgV1Operation): IpgV1Code[] =>
  (Object.keys(trigger.outcomes) as IpgV1Code[]).toSorted((one, other) => toNumber(one) - toNumber(other));

/** In the order of docs/scenarios.md. */
export const namedScenarios: readonly NamedScenario[] = operations.flatMap((operation) =>
  listTriggerCodes(operation).map((code) => describeScenario(operation, code)),
);

function describeScenario(operation: IpgV1Operation, code: IpgV1Code): NamedScenario {
  const { shortName, trigger, success } = operation;
  const { field, scheme, outcomes } = trigger;
  const outcome = outcomes[code] ?? "accepted";
  return {
    name: `${shortName}:${outcome}`,
    outcome,
    call: getOperationInfo(operation),
    field,
    value: formatTrigger(scheme, code),
    expected: outcome === "accepted" ? success : findRefusalCode(operation, outcome),
    acknowledgement: success,
    description:
      outcome === "accepted"
        ? "It succeeds."
        : getRefusalInfo(outcome).description.replace("; a sandbox scenario asked for it", ""),
  };
}
