/**
 * `admin customer enrol-handset` and `unlock-handset`: the secret with which a customer's device becomes their
 * live handset, and an end to the lock after three wrong PINs.
 */
import { randomInt } from "node:crypto";
import type { Command } from "commander";
import { createRailHandsets } from "../../../handset/handset-service.ts";
import { isPin } from "../../../handset/handset-api.ts";
import type { Market } from "../../../core/money.ts";
import { readCustomer } from "../../../store/rail/customers.ts";
import * as read from "../../terminal/option-parsers.ts";
import { UsageError, CommandFailed } from "../../terminal/exit-codes.ts";
import { createMarketOption } from "../../terminal/market-options.ts";
import {
  printResult,
  withAdminContext,
  addAdminOptions,
  type AdminContext,
  type AdminOptions,
} from "./context.ts";

type Enrolment = AdminOptions & { readonly market: Market; readonly pin?: string };

export function addHandsets(customer: Command): void {
  addAdminOptions(
    customer
      .command("enrol-handset")
      .description("make a secret that enrols a device as a customer's live handset, and set a start PIN")
      .argument("<msisdn>", "the customer's whole number, such as 255750000001"),
  )
    .addOption(createMarketOption("the market").makeOptionMandatory())
    .option("--pin <digits>", "the start PIN, 4 to 6 digits (default: a random one)")
    .action((msisdn: string, options: Enrolment) =>
      withAdminContext(options, (context) => enrolHandset(context, msisdn, options)),
    );
  addAdminOptions(
    customer
      .command("unlock-handset")
      .description("forget a customer's wrong PINs, and end the lock after three of them")
      .argument("<msisdn>", "the customer's whole number, such as 255750000001"),
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
  const msisdn = read.parseMarketMsisdn(market, context.environment, number);
  await context.audit("customer unlock-handset", { market, msisdn });
  const unlocked = await withHandsetService(context, market, (service) => service.unlock(msisdn));
  if (!unlocked) throw new CommandFailed(`${msisdn} has no handset in ${market}.`);
  printResult(options, { market, msisdn }, `${msisdn} is not locked any more, and has three tries.`);
}

async function enrolHandset(context: AdminContext, number: string, options: Enrolment): Promise<void> {
  const { market, pin = randomPin() } = options;
  if (context.environment !== "live") throw new UsageError("The sandbox's handsets need no enrolment.");
  if (!isPin(pin)) throw new UsageError("--pin must have 4 to 6 digits.");
  const msisdn = read.parseMarketMsisdn(market, context.environment, number);
  const payments = await context.payments(market);
  if ((await readCustomer(payments.context.sql, msisdn)) === undefined) {
    throw new CommandFailed(`${msisdn} is nobody's in ${market}: register the customer first.`);
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
      `The device that shows this secret at ${page} becomes the handset of ${msisdn}; an older one is out.`,
      "",
      `  Secret     ${secret}   (works once)`,
      `  Start PIN  ${pin}   (the customer changes it in the menu, *150*00#)`,
      "",
      "Neither is stored in a form that could be read again. The page is served where LIVE_HANDSETS is built-in.",
    ].join("\n"),
  );
}

type HandsetService = ReturnType<typeof createRailHandsets>["service"];

/** Works on a market's handsets as a server does, but brings nothing to them. */
async function withHandsetService<T>(
  context: AdminContext,
  market: Market,
  work: (service: HandsetService) => Promise<T>,
): Promise<T> {
  const payments = await context.payments(market);
  const { context: paymentContext } = payments;
  const pinKey = await context.pinKey();
  // No PIN is tried here, so no lock begins.
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
