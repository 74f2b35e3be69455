/** Inserts the seed data into a new sandbox. Later starts change nothing. */
import { hashPin } from "../handset/pin.ts";
import type { Id } from "../core/ids.ts";
import { markets } from "../core/markets.ts";
import { parseAmount } from "../core/money.ts";
import { fund } from "../payments/funding.ts";
import { toInternalKey } from "../payments/idempotency-keys.ts";
import type { Payments } from "../payments/payments.ts";
import { registerOrganisations } from "../organisations/register-organisations.ts";
import { registerCustomers } from "../payments/register.ts";
import type { AccountKind } from "../store/rail/accounts.ts";
import { readReferencePayments } from "../store/rail/idempotency-keys.ts";
import { insertHandsets, readHandset, setOrganisationPhone } from "../store/rail/handsets.ts";
import { allSeedCustomers, handsetCustomers, seedOrganisations } from "./seed-data.ts";

export interface SeedDeps {
  readonly newId: () => Id;
  /** For the hashes of the handsets' PINs. */
  readonly pinKey: Buffer;
}

/**
 * Each deposit has an idempotency key, so an interrupted seeding is completed by the next start. A later start posts
 * nothing, because a batch of refused deposits in each of the sandbox's rails took a tenth of its time.
 */
export async function seedSandbox(payments: Payments, { newId, pinKey }: SeedDeps): Promise<void> {
  const { market } = payments.context.rail;
  const organisations = seedOrganisations(market);
  const withHandsets = handsetCustomers(market);
  const customers = [...allSeedCustomers(market), ...withHandsets];
  await registerOrganisations(payments.context, organisations);
  await registerCustomers(payments.context, [
    ...allSeedCustomers(market).map((customer) => ({ ...customer, behaviour: "approve" as const })),
    ...withHandsets.map((customer) => ({ ...customer, behaviour: "ask" as const })),
  ]);
  await createHandsets(payments, pinKey);
  const deposits = [
    ...organisations.flatMap(({ shortcode: owner, balances }) =>
      Object.entries(balances).map(([kind, balance]) => ({ kind: kind as AccountKind, owner, balance })),
    ),
    ...customers.map(({ msisdn: owner, balance }) => ({ kind: "wallet" as const, owner, balance })),
  ].map((deposit) => ({ ...deposit, idempotencyKey: `seed ${deposit.kind} ${deposit.owner}` }));
  const keys = deposits.map(({ idempotencyKey }) => toInternalKey(idempotencyKey));
  const posted = new Set((await readReferencePayments(payments.context.sql, keys)).map(({ key }) => key));
  await Promise.all(
    deposits.map(async ({ kind, owner, balance, idempotencyKey }, index) => {
      if (posted.has(keys[index] ?? "")) return;
      const amountMinor = parseAmount(balance, markets[market].decimals);
      if (amountMinor === null) return;
      const description = "Opening balance";
      await fund(payments, {
        id: newId(),
        account: { kind, owner },
        amountMinor,
        description,
        idempotencyKey,
      });
    }),
  );
}

/** Some handsets also receive the SMS messages of an organisation. */
async function createHandsets({ context: { sql, rail } }: Payments, pinKey: Buffer): Promise<void> {
  const withHandsets = handsetCustomers(rail.market);
  for (const { shortcode, phone } of seedOrganisations(rail.market)) {
    // Before the handset exists, so that an interrupted seeding repeats this step.
    if (phone !== undefined && (await readHandset(sql, phone)) === undefined)
      await setOrganisationPhone(sql, shortcode, phone);
  }
  await sql.begin((tx) =>
    insertHandsets(
      tx,
      withHandsets.map(({ msisdn, pin }) => ({ msisdn, pinHash: hashPin(pinKey, msisdn, pin) })),
    ),
  );
}
