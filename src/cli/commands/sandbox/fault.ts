/** `pesarail fault`: loses or repeats the next callbacks, and makes the next requests fail. It needs a running server. */
import { Argument, type Command } from "commander";
import type { ControlResult } from "../../../api/control/client.ts";
import type { Market } from "../../../core/markets.ts";
import { requestFaultKinds } from "../../../protocols/registry.ts";
import { callbackFaultKinds } from "../../../store/rail/callback-faults.ts";
import { callControl, addControlOptions, type ControlOptions } from "../../control-client.ts";
import { createMarketOption } from "../../terminal/market-options.ts";
import * as parse from "../../terminal/option-parsers.ts";
import { printResult } from "../../terminal/print-result.ts";
import { formatCount, renderTable } from "../../terminal/table.ts";
import { addHelp } from "../../terminal/usage.ts";

const helpText = `lose and twice apply to the next callbacks of the market: one is not sent, or is sent twice. The others apply to the
next requests to it: see the pages of Daraja and IPG v1 in docs/protocols. Without a fault, it lists those that are still to come.`;

interface Options extends ControlOptions {
  readonly market: Market;
  readonly times: number;
}

export function addFault(program: Command): void {
  const fault = addControlOptions(program.command("fault"))
    .description("lose or repeat the next callbacks of the sandbox, or make the next requests fail")
    .addArgument(
      new Argument("[fault]", "what happens")
        .choices([...callbackFaultKinds, ...requestFaultKinds])
        .argOptional(),
    )
    .addOption(createMarketOption("the market").makeOptionMandatory())
    .option("--times <number>", "how many callbacks or requests; 0 ends the fault", parse.wholeNumber, 1)
    .action(setOrList);
  addHelp(
    fault,
    helpText,
    "fault lose --market safaricomKEN",
    "fault internal_error --market safaricomKEN --times 3",
    "fault internal_error --market safaricomKEN --times 0",
    "fault --market safaricomKEN",
  );
}

async function setOrList(kind: string | undefined, options: Options): Promise<void> {
  const { market, times } = options;
  const params = { market };
  const { faults } =
    kind === undefined
      ? await callControl(options, "GET /markets/{market}/faults", { params })
      : await callControl(options, "POST /markets/{market}/faults", { params, body: { kind, times } });
  printResult(options, faults, formatFaults(market, faults));
}

const columns = [{ head: "fault" }, { head: "remaining", right: true }] as const;

function formatFaults(
  market: Market,
  faults: ControlResult<"GET /markets/{market}/faults">["faults"],
): string {
  if (faults.length === 0) return `${market} has no faults.`;
  return renderTable(
    columns,
    faults.map(({ kind, remaining }) => [kind, formatCount(remaining)]),
  );
}
