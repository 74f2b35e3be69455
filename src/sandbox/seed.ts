/** Settles the town in a fresh sandbox; on every later start it finds everybody at home and changes nothing. */
import type { Id } from "../ids.ts";
import { markets, parseAmount } from "../money.ts";
import { fund } from "../payments/funding.ts";
import type { Payments } from "../payments/payments.ts";
import { registerCustomers, registerOrganisations } from "../payments/registry.ts";
import { organisations, population } from "./town.ts";

/** Each funding happens once, by its name, so a seeding that was interrupted is finished by the next. */
export async function seedTown(payments: Payments, newId: () => Id): Promise<void> {
  const { market } = payments.context.rail;
  const people = population(market);
  await registerOrganisations(payments.context, organisations);
  await registerCustomers(
    payments.context,
    people.map((person) => ({ ...person, answer: "approve" })),
  );
  const deposits = [
    ...organisations.map(({ shortcode: owner, balance }) => ({ kind: "working" as const, owner, balance })),
    ...people.map(({ msisdn: owner, balance }) => ({ kind: "wallet" as const, owner, balance })),
  ];
  await Promise.all(
    deposits.map(async ({ kind, owner, balance }) => {
      const minor = parseAmount(balance, markets[market].decimals);
      if (minor === null) return;
      const description = "What the town began with";
      await fund(payments, {
        id: newId(),
        account: { kind, owner },
        minor,
        description,
        once: `seed ${kind} ${owner}`,
      });
    }),
  );
}
