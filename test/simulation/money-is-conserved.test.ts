/**
 * Any interleaving of payments, through the real platform: no money appears or vanishes, nobody goes below
 * zero, and every account has exactly what the answers said. A failure prints its seed.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { assertBooksHold } from "../town/books.ts";
import {
  collect,
  endExpiredHolds,
  endHold,
  hold,
  newCustomer,
  newOrganisation,
  payOut,
  reverse,
  said,
  transactionOf,
  transfer,
} from "../town/payments.ts";
import { openTown, reference, type Reply, type Town } from "../town/town.ts";

const customers = 3;
const organisations = 3;

/** What somebody does. Numbers pick people and earlier payments; sums are such that many cannot be paid. */
const action = fc.record({
  does: fc.constantFrom(
    "collect",
    "payOut",
    "transfer",
    "hold",
    "commit",
    "release",
    "reverse",
    "debit",
    "repeat" as const,
  ),
  who: fc.nat(customers - 1),
  from: fc.nat(organisations - 1),
  to: fc.nat(organisations - 1),
  which: fc.nat(1000),
  minor: fc.integer({ min: 1, max: 60_00 }),
});

/** Each inner list happens in the same moment. */
const story = fc.array(fc.array(action, { minLength: 1, maxLength: 14 }), { minLength: 1, maxLength: 6 });

type Action = typeof action extends fc.Arbitrary<infer A> ? A : never;

interface Moved {
  readonly transaction: string;
  readonly organisation: string;
  readonly payer: string;
  readonly receiver: string;
}

interface Held {
  readonly first: Reply;
  readonly customer: string;
  readonly organisation: string;
  readonly minor: bigint;
}

const text = (minor: number | bigint): string => (Number(minor) / 100).toFixed(2);

/** A few people with little money, what they should have by what was answered, and what was done so far. */
class Street {
  readonly town: Town;
  readonly people: string[] = [];
  readonly shops: string[] = [];
  readonly mandates = new Map<string, string>();
  readonly spendable = new Map<string, bigint>();
  readonly held = new Map<string, bigint>();
  readonly moved: Moved[] = [];
  readonly holds: Held[] = [];
  lastReference = reference();

  constructor(town: Town) {
    this.town = town;
  }

  async settle(): Promise<void> {
    for (let n = 0; n < customers; n += 1) this.people.push(await newCustomer(this.town, { minor: 100_00n }));
    for (let n = 0; n < organisations; n += 1) {
      this.shops.push(
        await newOrganisation(this.town, `7${String((shopsMade += 1)).padStart(5, "0")}`, 50_00n),
      );
    }
    for (const one of this.people) this.spendable.set(one, 100_00n);
    for (const one of this.shops) this.spendable.set(one, 50_00n);
    for (const msisdn of this.people) {
      for (const shop of this.shops) {
        const mine = reference();
        const reply = await this.town.call("POST", "directDebitCreation/", {
          input_CustomerMSISDN: msisdn,
          input_Country: "TZN",
          input_ServiceProviderCode: shop,
          input_ThirdPartyReference: mine,
          input_ThirdPartyConversationID: reference(),
          input_AgreedTC: "1",
        });
        assert.equal(said(reply), "201 INS-0");
        this.mandates.set(`${msisdn} ${shop}`, mine);
      }
    }
  }

  #move(payer: string, receiver: string, minor: bigint): void {
    this.spendable.set(payer, (this.spendable.get(payer) ?? 0n) - minor);
    this.spendable.set(receiver, (this.spendable.get(receiver) ?? 0n) + minor);
  }

  #paid(reply: Reply, payer: string, receiver: string, organisation: string, minor: bigint): void {
    assert.match(said(reply), /^(201 INS-0|422 INS-2006|400 INS-13|409 INS-10)$/);
    if (reply.status !== 201) return;
    this.#move(payer, receiver, minor);
    this.moved.push({ transaction: transactionOf(reply), organisation, payer, receiver });
  }

  #set(customer: string, minor: bigint): void {
    this.held.set(customer, (this.held.get(customer) ?? 0n) + minor);
    this.spendable.set(customer, (this.spendable.get(customer) ?? 0n) - minor);
  }

  async does({ does, who, from, to, which, minor: cents }: Action): Promise<void> {
    const { town } = this;
    const [customer = "", shop = "", other = ""] = [this.people[who], this.shops[from], this.shops[to]];
    const [minor, input_Amount] = [BigInt(cents), text(cents)];
    const parties = { input_CustomerMSISDN: customer, input_ServiceProviderCode: shop, input_Amount };
    if (does === "collect") this.#paid(await collect(town, parties), customer, shop, shop, minor);
    if (does === "payOut") this.#paid(await payOut(town, parties), shop, customer, shop, minor);
    if (does === "transfer") {
      const between = { input_PrimaryPartyCode: shop, input_ReceiverPartyCode: other, input_Amount };
      this.#paid(await transfer(town, between), shop, other, shop, minor);
    }
    if (does === "repeat") {
      // Several of one moment send the same reference: whichever was first is paid.
      const same = { ...parties, input_ThirdPartyConversationID: this.lastReference };
      this.#paid(await collect(town, same), customer, shop, shop, minor);
    }
    if (does === "debit") {
      const reply = await town.call("POST", "directDebitPayment/", {
        ...parties,
        input_Country: "TZN",
        input_Currency: "TZS",
        input_ThirdPartyReference: this.mandates.get(`${customer} ${shop}`),
        input_ThirdPartyConversationID: reference(),
      });
      this.#paid(reply, customer, shop, shop, minor);
    }
    if (does === "hold") {
      const first = await hold(town, parties);
      assert.match(said(first), /^(201 INS-0|422 INS-2006)$/);
      if (first.status === 201) {
        this.#set(customer, minor);
        this.holds.push({ first, customer, organisation: shop, minor });
      }
    }
    if (does === "commit" || does === "release") await this.#end(does, this.holds[which % this.holds.length]);
    if (does === "reverse") await this.#reverse(minor, this.moved[which % this.moved.length]);
  }

  async #end(ends: "commit" | "release", open: Held | undefined): Promise<void> {
    if (open === undefined) return;
    const reply = await endHold(this.town, open.first, ends, {
      input_ServiceProviderCode: open.organisation,
    });
    assert.match(said(reply), /^(200 INS-GAR-0|401 INS-6)$/);
    if (reply.status !== 200) return;
    this.#set(open.customer, -open.minor);
    if (ends === "release") return;
    const { customer: payer, organisation, first } = open;
    this.#move(payer, organisation, open.minor);
    this.moved.push({ transaction: transactionOf(first), organisation, payer, receiver: organisation });
  }

  async #reverse(minor: bigint, paid: Moved | undefined): Promise<void> {
    if (paid === undefined) return;
    const reply = await reverse(this.town, paid.transaction, {
      input_ServiceProviderCode: paid.organisation,
      input_ReversalAmount: text(minor),
    });
    assert.match(said(reply), /^(201 INS-0|400 INS-15|401 INS-6|422 INS-2006)$/);
    if (reply.status === 201) this.#move(paid.receiver, paid.payer, minor);
  }

  /** Everybody has what the answers said. */
  async check(): Promise<void> {
    const rows = await this.town.sql()<{ owner: string; available: bigint; held: bigint }[]>`
      select owner, available_minor as available, held_minor as held from accounts
      where kind in ('wallet', 'working') and owner = any(${[...this.spendable.keys()]})`;
    for (const { owner, available, held } of rows) {
      assert.equal(available, this.spendable.get(owner), `what ${owner} can spend`);
      assert.equal(held, this.held.get(owner) ?? 0n, `what ${owner} has set aside`);
      assert(available >= 0n && held >= 0n);
    }
    const [{ sum } = { sum: 1n }] = await this.town.sql()<{ sum: bigint }[]>`
      select sum(available_minor + held_minor)::bigint as sum from accounts`;
    assert.equal(sum, 0n, "the rail's balances together");
  }
}

let shopsMade = 0;

test("any interleaving of payments leaves everybody with what the answers said, and the books whole", async () => {
  await using town = await openTown({ twoStepHoldMs: 60_000 });
  const tell = async (moments: readonly (readonly Action[])[]): Promise<void> => {
    const street = new Street(town);
    await street.settle();
    for (const moment of moments) {
      street.lastReference = reference();
      await Promise.all(moment.map((each) => street.does(each)));
      await street.check();
    }
  };
  // A story that failed is told by its seed again, not shrunk: each shrinking would meet another town.
  await fc.assert(fc.asyncProperty(story, tell), { numRuns: 40, endOnFailure: true });

  town.clock.advance(60_000);
  await endExpiredHolds(town);
  const [{ held } = { held: 1n }] = await town.sql()<{ held: bigint }[]>`
    select (select sum(held_minor) from accounts)::bigint + (select count(*) from holds) as held`;
  assert.equal(held, 0n, "when their time is up no money is set aside");
  await assertBooksHold(town.databaseUrl);
});
