/** Charges: what organisations owe the operator for payments, in the market where the sandbox charges. */
import assert from "node:assert/strict";
import { mkdtempDisposableSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { loadTariffs } from "../../src/app/tariffs.ts";
import { SettingError } from "../../src/config/settings.ts";
import { railFor } from "../../src/core/rails.ts";
import type { OrganisationAccount, Outcome, PaymentRequest } from "../../src/payments/instruction.ts";
import { fund } from "../../src/payments/funding.ts";
import { createPayments, emptyNarrative, type Payments } from "../../src/payments/payments.ts";
import { emptyTariff } from "../../src/payments/tariffs.ts";
import { createStores } from "../../src/store/databases.ts";
import { readAccounts } from "../../src/store/rail/accounts.ts";
import { readPaymentParties } from "../../src/store/rail/payment-parties.ts";
import { readPostings } from "../../src/store/rail/postings.ts";
import { onOneDatabase } from "../support/cluster.ts";
import { assertInvariantsHold } from "../support/ledger-proof.ts";
import { createReference, createTestSandbox, type TestSandbox } from "../support/sandbox.ts";

const market = "safaricomKEN";
const rail = railFor("sandbox", market);
const john = "254708374149";

let sandbox: TestSandbox;
let payments: Payments;
let otherStores: ReturnType<typeof createStores>;
before(async () => {
  sandbox = await createTestSandbox();
  payments = sandbox.platform.payments(rail);
  otherStores = createStores(onOneDatabase(sandbox.databaseUrl));
});
after(async () => {
  await assertInvariantsHold(sandbox.databaseUrl);
  await otherStores.close();
  await sandbox[Symbol.asyncDispose]();
});

const buildRequest = (organisation: string, organisationAccount: OrganisationAccount) =>
  ({
    id: sandbox.platform.newId(),
    operation: "stkPush",
    caller: { applicationId: 1n, session: null, shortcodes: null, protocol: "daraja", endpoints: null },
    limits: {},
    organisation,
    organisationAccount,
    reference: createReference(),
    simulation: null,
    ...emptyNarrative,
  }) satisfies PaymentRequest & typeof emptyNarrative;

/** The available balances of owners, such as `600996 utility`. */
async function readBalances(...owners: string[]): Promise<Map<string, bigint>> {
  const rows = await Promise.all(owners.map((owner) => readAccounts(payments.context.sql, owner)));
  return new Map(rows.flat().map(({ owner, kind, availableMinor }) => [`${owner} ${kind}`, availableMinor]));
}

/** The balances that work changes, in shillings. */
async function changes(owners: string[], work: () => Promise<Outcome>): Promise<Record<string, number>> {
  const all = [...owners, "operator"];
  const beforeWork = await readBalances(...all);
  const { refusal } = await work();
  assert.equal(refusal, null);
  const afterWork = await readBalances(...all);
  return Object.fromEntries(
    [...afterWork]
      .map(([name, amount]) => [name, Number(amount - (beforeWork.get(name) ?? 0n)) / 100] as const)
      .filter(([, change]) => change !== 0),
  );
}

const collect = (organisation: string, account: OrganisationAccount, amountMinor: bigint, msisdn = john) =>
  payments.collect({ ...buildRequest(organisation, account), msisdn, amountMinor });

test("a customer who pays 10 has 10 less, and so small a payment is free", async () => {
  assert.deepEqual(await changes(["600996", john], () => collect("600996", "utility", 10_00n)), {
    "600996 utility": 10,
    [`${john} wallet`]: -10,
  });
});

test("the organisation owes the charge, and the customer pays none of it", async () => {
  assert.deepEqual(await changes(["600996", john], () => collect("600996", "utility", 600_00n)), {
    "600996 utility": 600,
    "600996 charges_paid": -6,
    [`${john} wallet`]: -600,
    "operator fees": 6,
  });
  assert.deepEqual(await changes(["500102", john], () => collect("500102", "merchant", 600_00n)), {
    "500102 merchant": 600,
    "500102 charges_paid": -5,
    [`${john} wallet`]: -600,
    "operator fees": 5,
  });
});

test("a payout costs the paying organisation its charge beside the amount", async () => {
  const payOut = () =>
    payments.payOut({ ...buildRequest("600997", "utility"), msisdn: john, amountMinor: 2000_00n });
  assert.deepEqual(await changes(["600997", john], payOut), {
    "600997 utility": -2000,
    "600997 charges_paid": -9,
    [`${john} wallet`]: 2000,
    "operator fees": 9,
  });
});

test("the payer of a transfer is charged, and a transfer within an organisation is free", async () => {
  const transfer = (receiver: string, receiverAccount: OrganisationAccount) => () =>
    payments.transfer({
      ...buildRequest("600996", "working"),
      receiver,
      receiverAccount,
      amountMinor: 20_000_00n,
    });
  assert.deepEqual(await changes(["600996", "600000"], transfer("600000", "utility")), {
    "600996 working": -20_000,
    "600996 charges_paid": -50,
    "600000 utility": 20_000,
    "operator fees": 50,
  });
  assert.deepEqual(await changes(["600996"], transfer("600996", "utility")), {
    "600996 working": -20_000,
    "600996 utility": 20_000,
  });
});

test("a prompt is charged when it is approved, and not when it is declined", async () => {
  const handset = "254722000007";
  const answer = async (reply: "approve" | "decline") => {
    const { id } = await collect("600000", "utility", 600_00n, handset);
    return payments.answerPrompt({ id: sandbox.platform.newId(), paymentId: id, reply });
  };
  assert.deepEqual(await changes(["600000", handset], () => answer("approve")), {
    "600000 utility": 600,
    "600000 charges_paid": -6,
    [`${handset} wallet`]: -600,
    "operator fees": 6,
  });
  assert.deepEqual(await changes(["600000", handset], () => answer("decline")), {});
});

test("a refused payment is free, and a reversal gives no charge back", async () => {
  const poor = await payments.payOut({
    ...buildRequest("174379", "utility"),
    msisdn: john,
    amountMinor: 2000_00n,
  });
  assert.equal(poor.refusal, "organisation_balance_too_low");
  assert.equal((await readBalances("174379")).get("174379 charges_paid"), 0n);

  const { id } = await collect("600984", "utility", 600_00n);
  const reverse = () =>
    payments.reverse({ ...buildRequest("600984", "working"), paymentId: id, amountMinor: null });
  assert.deepEqual(await changes(["600984", john], reverse), {
    "600984 utility": -600,
    [`${john} wallet`]: 600,
  });
});

test("the charge is the first posting of its payment, and the payment's own accounts are those of its money", async () => {
  const { id } = await collect("600996", "utility", 600_00n);
  const postings = await readPostings(payments.context.sql, id);
  assert.deepEqual(
    postings.map(({ type, fromKind, toKind, amountMinor }) => [type, fromKind, toKind, amountMinor]),
    [
      ["charge", "charges_paid", "fees", 6_00n],
      ["collection", "wallet", "utility", 600_00n],
    ],
  );
  const parties = (await readPaymentParties(payments.context.sql, [id])).get(id);
  assert.equal(parties?.chargeMinor, 6_00n);
});

test("the parties of a payment have their names and settings", async () => {
  const [{ id: collected }, { id: moved }] = await Promise.all([
    collect("600638", "utility", 10_00n),
    payments.transfer({
      ...buildRequest("600638", "working"),
      receiver: "572572",
      receiverAccount: "utility",
      amountMinor: 10_00n,
    }),
  ]);
  const reversal = await payments.reverse({
    ...buildRequest("600638", "working"),
    paymentId: collected,
    amountMinor: 4_00n,
  });
  const ids = [collected, moved, reversal.id];
  const parties = await readPaymentParties(payments.context.sql, ids);
  const { receipt } = (await readReceipt(collected)) ?? {};
  assert.deepEqual(
    ids.map((id) => parties.get(id)),
    [
      {
        organisationName: "Jamii Schools",
        organisationKind: "paybill",
        msisdnForm: null,
        registrationVersion: null,
        counterpartyName: "John Doe",
        customer: { firstName: "John", middleName: "", lastName: "Doe" },
        debitKind: "wallet",
        chargeMinor: 0n,
        originalReceipt: null,
      },
      {
        organisationName: "Jamii Schools",
        organisationKind: "paybill",
        msisdnForm: null,
        registrationVersion: null,
        counterpartyName: "Kenya Revenue Authority",
        customer: null,
        debitKind: "working",
        chargeMinor: 20_00n,
        originalReceipt: null,
      },
      {
        organisationName: "Jamii Schools",
        organisationKind: "paybill",
        msisdnForm: null,
        registrationVersion: null,
        counterpartyName: "John Doe",
        customer: { firstName: "John", middleName: "", lastName: "Doe" },
        debitKind: "utility",
        chargeMinor: 0n,
        originalReceipt: receipt,
      },
    ],
  );
});

async function readReceipt(id: bigint): Promise<{ receipt: string | null } | undefined> {
  const [row] = await payments.context.sql<{ receipt: string | null }[]>`
    select receipt from payments where id = ${id}`;
  return row;
}

test("two servers charge many organisations at once, and nothing waits for ever", async () => {
  const store = otherStores.rails.get(rail.name);
  assert(store !== undefined);
  const servers = [payments, createPayments({ ...payments.context, sql: store.sql })];
  const organisations = ["600996", "600000", "600984", "600638", "600997"];
  const beforeAll = await readBalances("operator", ...organisations);
  const outcomes = await Promise.all(
    Array.from({ length: 600 }, (_, index) => {
      const server = servers[index % 2] as Payments;
      const organisation = organisations[index % organisations.length] as string;
      const request = { ...buildRequest(organisation, "utility"), msisdn: john, amountMinor: 600_00n };
      return index % 3 === 0 ? server.payOut(request) : server.collect(request);
    }),
  );
  assert.deepEqual(
    outcomes.filter(({ refusal }) => refusal !== null),
    [],
  );
  const afterAll = await readBalances("operator", ...organisations);
  const change = (name: string): bigint => (afterAll.get(name) ?? 0n) - (beforeAll.get(name) ?? 0n);
  assert.equal(change("operator fees"), 200n * 5_00n + 400n * 6_00n);
  const owed = organisations.map((shortcode) => change(`${shortcode} charges_paid`));
  assert.equal(
    owed.reduce((sum, each) => sum + each, 0n),
    -change("operator fees"),
  );
});

test("without a tariff nothing is charged", async () => {
  const free = createPayments({ ...payments.context, tariff: emptyTariff });
  const collectFree = () =>
    free.collect({ ...buildRequest("600996", "utility"), msisdn: john, amountMinor: 600_00n });
  assert.deepEqual(await changes(["600996", john], collectFree), {
    "600996 utility": 600,
    [`${john} wallet`]: -600,
  });
});

test("an organisation pays its charges up to zero, and not further", async () => {
  const account = { kind: "charges_paid", owner: "600997" } as const;
  const owedMinor = -((await readBalances("600997")).get("600997 charges_paid") ?? 0n);
  assert(owedMinor > 0n);
  const pay = (amountMinor: bigint) =>
    fund(payments, { id: sandbox.platform.newId(), account, amountMinor, description: "Charges" });
  assert.equal((await pay(owedMinor + 1n)).refusal, "account_full");
  assert.equal((await pay(owedMinor)).refusal, null);
  assert.equal((await readBalances("600997")).get("600997 charges_paid"), 0n);
});

test("the settings choose the published table, none, or a file, and name a file that is wrong", async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), "tariffs-"));
  const file = (name: string, text: string): string => {
    const path = join(folder.path, name);
    writeFileSync(path, text);
    return path;
  };
  const files = {
    good: file("good.json", `{"vodacomTZN":{"payout":[{"upTo":null,"charge":"1"}]}}`),
    bad: file("bad.json", "{]"),
  };
  const load = (sandboxSource: Parameters<typeof loadTariffs>[0]["sandbox"]) =>
    loadTariffs({ sandbox: sandboxSource, live: "none" });
  assert.deepEqual(Object.keys(load("default").sandbox), ["safaricomKEN"]);
  assert.deepEqual(load("none"), { sandbox: {}, live: {} });
  assert.deepEqual(Object.keys(load({ file: files.good }).sandbox), ["vodacomTZN"]);
  for (const [path, expected] of [
    [files.bad, /^TARIFF: .* contains no JSON\.$/],
    [file("list.json", "[]"), /^TARIFF: .* is no tariff: the file must be a JSON object\.$/],
    ["/nowhere/tariff.json", /^TARIFF: \/nowhere\/tariff\.json cannot be read \(ENOENT\)\.$/],
  ] as const)
    assert.throws(
      () => load({ file: path }),
      (error) => error instanceof SettingError && expected.test(error.message),
    );
});
