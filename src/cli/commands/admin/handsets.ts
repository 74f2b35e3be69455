/**
 * `admin customer enrol-handset` creates the secret that enrols a device as a customer's live handset.
 * `unlock-handset` removes the lock after three wrong PINs.
 */
import { randomInt } from "node:crypto";
import type { Command } from "commander";
import { createRailHandsets } from "../../../handset/rail-handsets.ts";
import { isPin } from "../../../handset/handset-api.ts";
import type { Market } from "../../../core/markets.ts";
import { readCustomer } from "../../../store/rail/customers.ts";
import * as parse from "../../terminal/option-parsers.ts";
import { UsageError, CommandFailed } from "../../terminal/exit-codes.ts";
import { createMarketOption } from "../../terminal/market-options.ts";
import { printResult } from "../../terminal/print-result.ts";
import { withAdminContext, addAdminOptions, type AdminContext, type AdminOptions } from "./context.ts";

type Enrolment = AdminOptions & { readonly market: Market; readonly pin?: string };

export function addHandsets(customer: Command): void {
  addAdminOptions(
    customer
      .command("enrol-handset")
      .description("create a secret that enrols a device as a customer's live handset, and set a start PIN")
      .argument("<msisdn>", "the customer's full number, such as 255750000001"),
  )
    .addOption(createMarketOption("the market").makeOptionMandatory())
    .option("--pin <digits>", "the start PIN, 4 to 6 digits (default: a random one)")
    .action((msisdn: string, options: Enrolment) =>
      withAdminContext(options, (context) => enrolHandset(context, msisdn, options)),
    );
  addAdminOptions(
    customer
      .command("unlock-handset")
      .description("remove the lock after three wrong PINs")
      .argument("<msisdn>", "the customer's full number, such as 255750000001"),
  )
    .addOption(createMarketOption("the market").makeOptionMandatory())
    .action((msisdn: string, options: AdminOptions & { readonly market: Market }) =>
      withAdminContext(options, (context) => unlockHandset(context, msisdn, options)),
    );
}

async function unlockHandset(
  context: AdminContext,
  number: string,
  options: AdminOptions & { readonly market: Market },
): Promise<void> {
  const { market } = options;
  const msisdn = parse.parseMarketMsisdn(market, context.environment, number);
  await context.audit("customer unlock-handset", { market, msisdn });
  const unlocked = await withHandsetService(context, market, (service) => service.unlock(msisdn));
  if (!unlocked) throw new CommandFailed(`${msisdn} has no handset in ${market}.`);
  printResult(options, { market, msisdn }, `${msisdn} is unlocked and has three PIN attempts.`);
}

async function enrolHandset(context: AdminContext, number: string, options: Enrolment): Promise<void> {
  const { market, pin = randomPin() } = options;
  if (context.environment !== "live")
    throw new UsageError("Sandbox handsets need no enrolment. Use --environment live.");
  if (!isPin(pin)) throw new UsageError("--pin must have 4 to 6 digits.");
  const msisdn = parse.parseMarketMsisdn(market, context.environment, number);
  const payments = await context.payments(market);
  if ((await readCustomer(payments.context.sql, msisdn)) === undefined) {
    throw new CommandFailed(`${msisdn} is not registered in ${market}. Register the customer first.`);
  }

  await context.audit("customer enrol-handset", { market, msisdn });
  const secret = await withHandsetService(context, market, async (service) => {
    await service.upsert({ msisdn, pin });
    return service.createEnrolment(msisdn);
  });
  if (secret === null) throw new CommandFailed(`${msisdn} has no wallet in ${market}.`);
  const page = `/handset/live/${market}/${msisdn}`;
  printResult(
    options,
    { market, msisdn, secret, pin, page },
    [
      `Enter this secret at ${page} to make that device the handset of ${msisdn}. It replaces an earlier device.`,
      "",
      `  Secret     ${secret}   (works once)`,
      `  Start PIN  ${pin}   (the customer can change it in the menu, *150*00#)`,
      "",
      "Both are stored only as hashes, so note them now. The page is available if LIVE_HANDSETS is built-in.",
    ].join("\n"),
  );
}

type HandsetService = ReturnType<typeof createRailHandsets>["service"];

/** Uses the server's handset service without delivering prompts or messages. */
async function withHandsetService<T>(
  context: AdminContext,
  market: Market,
  work: (service: HandsetService) => Promise<T>,
): Promise<T> {
  const payments = await context.payments(market);
  const { context: paymentContext } = payments;
  const pinKey = await context.pinKey();
  // This command checks no PIN, so it never starts a lock.
  const pinLockMs = 0;
  const handsets = createRailHandsets(
    { ...paymentContext, payments, newId: context.newId, pinKey, pinLockMs },
    { type: "none" },
    () => {},
  );
  try {
    return await work(handsets.service);
  } finally {
    await handsets.close();
  }
}

const randomPin = (): string => String(randomInt(1_000_000)).padStart(6, "0");
