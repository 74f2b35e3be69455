/**
 * `admin customer enrol-handset` and `unlock-handset`: the secret with which a customer's device becomes their
 * live handset, and an end to the lock after three wrong PINs.
 */
import { randomInt } from "node:crypto";
import type { Command } from "commander";
import { openHandsets } from "../handset/handsets.ts";
import { isPin } from "../handset/phone.ts";
import type { Market } from "../money.ts";
import { readCustomer } from "../store/people.ts";
import * as read from "./arguments.ts";
import { Misused, Refused } from "./command-error.ts";
import { marketOption } from "./people.ts";
import { answer, atDesk, withDeskOptions, type Desk, type DeskOptions } from "./desk.ts";

type Enrolment = DeskOptions & { readonly market: Market; readonly pin?: string };

export function addHandsets(customer: Command): void {
  withDeskOptions(
    customer
      .command("enrol-handset")
      .description("make a secret that enrols a device as a customer's live handset, and set a start PIN")
      .argument("<msisdn>", "the customer's whole number, such as 255750000001"),
  )
    .addOption(marketOption("the market").makeOptionMandatory())
    .option("--pin <digits>", "the start PIN, 4 to 6 digits (default: a random one)")
    .action((msisdn: string, options: Enrolment) =>
      atDesk(options, (desk) => enrolHandset(desk, msisdn, options)),
    );
  withDeskOptions(
    customer
      .command("unlock-handset")
      .description("forget a customer's wrong PINs, and end the lock after three of them")
      .argument("<msisdn>", "the customer's whole number, such as 255750000001"),
  )
    .addOption(marketOption("the market").makeOptionMandatory())
    .action((msisdn: string, options: DeskOptions & { readonly market: Market }) =>
      atDesk(options, (desk) => unlockHandset(desk, msisdn, options)),
    );
}

async function unlockHandset(
  desk: Desk,
  number: string,
  options: DeskOptions & { readonly market: Market },
): Promise<void> {
  const { market } = options;
  const msisdn = read.msisdnIn(market, desk.environment, number);
  await desk.audit("customer unlock-handset", { market, msisdn });
  const unlocked = await withPhones(desk, market, (phones) => phones.unlock(msisdn));
  if (!unlocked) throw new Refused(`${msisdn} has no handset in ${market}.`);
  answer(options, { market, msisdn }, `${msisdn} is not locked any more, and has three tries.`);
}

async function enrolHandset(desk: Desk, number: string, options: Enrolment): Promise<void> {
  const { market, pin = randomPin() } = options;
  if (desk.environment !== "live") throw new Misused("The sandbox's handsets need no enrolment.");
  if (!isPin(pin)) throw new Misused("--pin must have 4 to 6 digits.");
  const msisdn = read.msisdnIn(market, desk.environment, number);
  const payments = await desk.payments(market);
  if ((await readCustomer(payments.context.sql, msisdn)) === undefined) {
    throw new Refused(`${msisdn} is nobody's in ${market}: register the customer first.`);
  }

  await desk.audit("customer enrol-handset", { market, msisdn });
  const secret = await withPhones(desk, market, async (phones) => {
    await phones.open({ msisdn, pin });
    return phones.newEnrolment(msisdn);
  });
  if (secret === null) throw new Refused(`${msisdn} has no wallet in ${market}.`);
  const page = `/handset/live/${market}/${msisdn}`;
  answer(
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

type Phones = ReturnType<typeof openHandsets>["phones"];

/** Works on a market's handsets as a server does, but brings nothing to them. */
async function withPhones<T>(desk: Desk, market: Market, work: (phones: Phones) => Promise<T>): Promise<T> {
  const payments = await desk.payments(market);
  const { context } = payments;
  const pinKey = await desk.pinKey();
  // No PIN is tried here, so no lock begins.
  const pinLockMs = 0;
  const handsets = openHandsets(
    { ...context, payments, newId: desk.newId, pinKey, pinLockMs },
    { by: "nobody" },
    () => {},
  );
  try {
    return await work(handsets.phones);
  } finally {
    await handsets.close();
  }
}

const randomPin = (): string => String(randomInt(1_000_000)).padStart(6, "0");
