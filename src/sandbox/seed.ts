/** Settles the town in a fresh sandbox; on every later start it finds everybody at home and changes nothing. */
import { pinHash } from "../handset/pin.ts";
import type { Id } from "../ids.ts";
import { markets, parseAmount } from "../money.ts";
import { fund } from "../payments/funding.ts";
import type { Payments } from "../payments/payments.ts";
import { registerCustomers, registerOrganisations } from "../payments/registry.ts";
import { insertHandsets, readHandset, setOrganisationPhone } from "../store/handsets.ts";
import { handsetOwners, organisations, population } from "./town.ts";

export interface Seeding {
  readonly newId: () => Id;
  /** For the hashes of the handsets' PINs. */
  readonly pinKey: Buffer;
}

/** Each funding happens once, by its name, so a seeding that was interrupted is finished by the next. */
export async function seedTown(payments: Payments, { newId, pinKey }: Seeding): Promise<void> {
  const { market } = payments.context.rail;
  const owners = handsetOwners(market);
  const people = [...population(market), ...owners];
  await registerOrganisations(payments.context, organisations);
  await registerCustomers(payments.context, [
    ...population(market).map((person) => ({ ...person, answer: "approve" as const })),
    ...owners.map((person) => ({ ...person, answer: "ask" as const })),
  ]);
  await giveHandsets(payments, pinKey);
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

/** The last of the handsets is also the second organisation's phone, which gets its messages. */
async function giveHandsets({ context: { sql, rail } }: Payments, pinKey: Buffer): Promise<void> {
  const owners = handsetOwners(rail.market);
  const phone = owners.at(-1)?.msisdn ?? "";
  // Before the handset is there: a seeding that is interrupted in between does it again.
  if ((await readHandset(sql, phone)) === undefined) {
    await setOrganisationPhone(sql, organisations[1].shortcode, phone);
  }
  await sql.begin((tx) =>
    insertHandsets(
      tx,
      owners.map(({ msisdn, pin }) => ({ msisdn, pinHash: pinHash(pinKey, msisdn, pin) })),
    ),
  );
}
