/** `admin application limit`: sets the usage hours and limits of a product. */
import { Option, type Command } from "commander";
import type { ProductSettings } from "../../../developers/application-settings.ts";
import { productNames } from "../../../protocols/registry.ts";
import type { ApplicationRow } from "../../../store/main/applications.ts";
import * as parse from "../../terminal/option-parsers.ts";
import { UsageError, CommandFailed } from "../../terminal/exit-codes.ts";
import { printResult } from "../../terminal/print-result.ts";
import { withAdminContext, type AdminContext, type AdminOptions } from "./context.ts";
import { callService } from "./service-errors.ts";

interface Limits extends AdminOptions {
  readonly product: string;
  readonly from?: string;
  readonly to?: string;
  readonly currency?: string;
  readonly singleValue?: string;
  readonly sessionDailyValue?: string;
  readonly sessionDailyCount?: number;
  readonly customerDailyValue?: string;
  readonly customerDailyCount?: number;
}

export function addLimit(command: Command): void {
  command
    .addOption(
      new Option("--product <name>", "an enabled product")
        .choices(productNames)
        .argParser(parse.product)
        .makeOptionMandatory(),
    )
    .option(
      "--from <time>",
      "start of the usage hours in the market's local time, such as 08:00",
      parse.timeOfDay,
    )
    .option("--to <time>", "end of the usage hours", parse.timeOfDay)
    .option("--currency <code>", "the currency of the values (default: the currency of each market)")
    .option("--single-value <decimal>", "maximum value of one payment")
    .option("--session-daily-value <decimal>", "maximum value per session and day")
    .option(
      "--session-daily-count <number>",
      "maximum number of payments per session and day",
      parse.wholeNumber,
    )
    .option("--customer-daily-value <decimal>", "maximum value per customer and day")
    .option(
      "--customer-daily-count <number>",
      "maximum number of payments per customer and day",
      parse.wholeNumber,
    )
    .action((id: bigint, options: Limits) =>
      withAdminContext(options, (context) => setLimit(context, options, id)),
    );
}

async function setLimit(context: AdminContext, options: Limits, id: bigint): Promise<void> {
  const { product, environment: _environment, by: _by, json: _json, ...limits } = options;
  const settings = toProductSettings(limits);
  // Loaded here, because the schema library would slow down the start of every command.
  const { findProductProblem } = await import("../../../developers/application-settings.ts");
  const problem = findProductProblem({ [product]: settings }, productNames);
  if (problem !== null) throw new UsageError(problem);
  const row = await callService(() => context.applications.get(id));
  if (!(product in enabledProducts(row)))
    throw new CommandFailed(`Application ${id} is not enabled for ${product}.`);
  await callService(() =>
    context.applications.change(
      id,
      { what: "application limit", details: { product, settings } },
      (before) => ({ products: { ...enabledProducts(before), [product]: settings } }),
    ),
  );
  printResult(
    options,
    { id, product, settings },
    `Application ${id}, ${product}: ${JSON.stringify(settings)}`,
  );
}

const enabledProducts = ({ products }: ApplicationRow) =>
  products as Readonly<Record<string, ProductSettings>>;

function toProductSettings({
  from,
  to,
  ...limits
}: Omit<Limits, keyof AdminOptions | "product">): ProductSettings {
  const definedLimits = Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));
  return {
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(Object.keys(definedLimits).length === 0 ? {} : { limits: definedLimits }),
  };
}
