/** The checkout's triggers by name, `processCheckOut:<code>`. */
import type { NamedScenario } from "../../scenario.ts";
import { soapMarket } from "../names.ts";
import { processCheckOut } from "./process-check-out.ts";
import { returnCodes, triggerRefusals, type TriggeredCode } from "./return-codes.ts";
import { formatTrigger } from "./triggers.ts";

const { name, title } = processCheckOut;

export const lnmoScenarios: readonly NamedScenario[] = (Object.keys(triggerRefusals) as TriggeredCode[])
  .toSorted()
  .map((code) => ({
    name: `${name}:${code}`,
    outcome: code,
    call: { name, title, markets: [soapMarket] },
    field: "MSISDN",
    value: formatTrigger(code),
    expected: { code, status: 200 },
    acknowledgement: { code: "00", status: 200 },
    description: returnCodes[code],
  }));
