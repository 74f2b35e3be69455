/** A day in which everything happens once: payments of every use and every ending, for what looks at books. */
import assert from "node:assert/strict";
import { day, localTime, minute } from "../../src/clock.ts";
import { rail } from "../../src/money.ts";
import { expireHolds } from "../../src/payments/expiry.ts";
import { fund } from "../../src/payments/funding.ts";
import { noRemarks, type Payments, type Remarks } from "../../src/payments/payments.ts";
import type { Caller, Outcome, Request, Scenario } from "../../src/payments/order.ts";
import type { Product } from "../../src/payments/products.ts";
import type { PromptWord } from "../../src/payments/decide-answer.ts";
import { newCustomer } from "./payments.ts";
import { reference, type Town } from "./town.ts";

/** The market whose books it fills. */
export const busyMarket = "vodacomTZN";

const accepted: Scenario = { ends: "accepted" };
const declined: Scenario = { ends: "refused", refusal: "customer_pin_wrong" };

/** Fills the sandbox books of `busyMarket`. Two holds and two prompts are left open, one of each that somebody listens for. */
export async function spendBusyDay(town: Town): Promise<void> {
  const payments = town.platform.payments(rail("sandbox", busyMarket));
  const [amina = "", baraka = ""] = town.facts.markets[busyMarket].customers;
  const listening: Caller = {
    applicationId: 1n,
    session: "ab".repeat(16),
    shortcodes: null,
    protocol: "openapi-v2",
    responseUrl: "https://127.0.0.1:9/never",
  };
  const silent: Caller = { ...listening, responseUrl: null };
  const ask: Ask = (product, change = {}) => ({
    id: town.platform.newId(),
    product,
    caller: listening,
    scope: { customerDailyCount: 1000 },
    organisation: "000000",
    reference: reference(),
    scenario: null,
    ...noRemarks,
    ...change,
  });
  const pays = { msisdn: amina, amountMinor: 50_00n };

  const paid = done(await payments.collect({ ...ask("c2bSingle"), ...pays }));
  done(await payments.collect({ ...ask("c2bSingle", { caller: silent }), ...pays, msisdn: baraka }));
  done(
    await payments.collect({ ...ask("c2bSingle", { scenario: accepted }), ...pays, msisdn: "000000000001" }),
  );
  ended(await payments.collect({ ...ask("c2bSingle", { scenario: declined }), ...pays }), "failed");
  ended(await payments.collect({ ...ask("c2bSingle"), ...pays, amountMinor: 999_999_999_00n }), "failed");
  const sent = done(await payments.payOut({ ...ask("b2c"), ...pays, msisdn: baraka }));
  done(await payments.transfer({ ...ask("b2b"), receiver: "000001", amountMinor: 70_00n }));

  done(await payments.reverse({ ...ask("reversal"), amountMinor: 20_00n, paymentId: paid.id }));
  done(await payments.reverse({ ...ask("reversal"), amountMinor: null, paymentId: paid.id }));
  ended(await payments.reverse({ ...ask("reversal"), amountMinor: 60_00n, paymentId: sent.id }), "failed");
  done(
    await payments.reverse({
      ...ask("reversal", { scenario: accepted }),
      amountMinor: null,
      paymentId: null,
    }),
  );

  await holdMoney(town, payments, ask, pays);
  await askPeople(town, payments, ask, silent);
  await useMandates(town, payments, ask, amina);
  const fill = { account: { kind: "utility", owner: "000000" }, description: "Float for a payday" } as const;
  done(await fund(payments, { id: town.platform.newId(), ...fill, minor: 1_000_00n }));
  done(await fund(payments, { id: town.platform.newId(), ...fill, minor: -200_00n }));
}

type Ask = (product: Product, change?: { caller?: Caller; scenario?: Scenario }) => Request & Remarks;
type Pays = { readonly msisdn: string; readonly amountMinor: bigint };

async function holdMoney(town: Town, payments: Payments, ask: Ask, pays: Pays): Promise<void> {
  const hold = (scenario: Scenario | null = null) =>
    payments.collectInTwoSteps({ ...ask("c2bMultiStage"), scenario, ...pays });
  const end = ({ id, voucher }: Outcome, ends: "commit" | "release") =>
    payments.endTwoStep({
      ...ask("updateTransactionStatus"),
      ends,
      voucher: voucher ?? "",
      paymentId: id,
      transactionId: "",
    });

  ended(await hold(), "held");
  town.clock.advance(2 * day);
  assert.equal((await expireHolds(payments, town.platform.newId)).length, 1);

  const committed = ended(await hold(), "held");
  ended(await end({ ...committed, voucher: "AAA00000" }, "commit"), "failed");
  done(await end(committed, "commit"));
  done(await payments.reverse({ ...ask("reversal"), amountMinor: 10_00n, paymentId: committed.id }));
  done(await end(ended(await hold(), "held"), "release"));
  done(await end(ended(await hold(accepted), "held"), "commit"));
  ended(await hold(accepted), "held");
  ended(await payments.collectInTwoSteps({ ...ask("c2bMultiStage"), ...pays }), "held");
}

/** Everything that a prompt can come to, and two that nobody has answered yet. */
async function askPeople(town: Town, payments: Payments, ask: Ask, silent: Caller): Promise<void> {
  const msisdn = await newCustomer(town, { answer: "ask", market: busyMarket });
  await town.sql(busyMarket)`update accounts set has_handset = true where owner = ${msisdn}`;
  const pays = { msisdn, amountMinor: 5_00n };
  const prompt = async (outcome: Promise<Outcome>) => ended(await outcome, "held").id;
  const answer = async (paymentId: bigint, says: PromptWord) =>
    payments.answerPrompt({ id: town.platform.newId(), paymentId, says });
  const terms = { frequency: "04", expiryDay: null, rangeStart: 1, rangeEnd: 28 } as const;
  const rent = { msisdn, mandateReference: "Rent of a person", firstPaymentDay: 20270101, ...terms };

  for (const says of ["approve", "decline", "wrong_pin", "unreachable"] as const) {
    done(await answer(await prompt(payments.collect({ ...ask("c2bSingle"), ...pays })), says));
    done(await answer(await prompt(payments.createMandate({ ...ask("directDebitCreate"), ...rent })), says));
  }
  await prompt(payments.collect({ ...ask("c2bSingle"), ...pays }));
  town.clock.advance(2 * minute);
  assert.equal((await expireHolds(payments, town.platform.newId)).length, 1);
  done(
    await answer(await prompt(payments.collectInTwoSteps({ ...ask("c2bMultiStage"), ...pays })), "approve"),
  );
  await prompt(payments.collect({ ...ask("c2bSingle"), ...pays }));
  await prompt(payments.createMandate({ ...ask("directDebitCreate", { caller: silent }), ...rent }));
}

async function useMandates(town: Town, payments: Payments, ask: Ask, msisdn: string): Promise<void> {
  const today = localTime(town.clock.now(), "Africa/Dar_es_Salaam").day;
  const terms = {
    frequency: "02",
    firstPaymentDay: today,
    expiryDay: null,
    rangeStart: null,
    rangeEnd: null,
  } as const;
  const mandateReference = "Rent";
  const name = { msisdn, mandateReference, mandateId: null };
  done(await payments.createMandate({ ...ask("directDebitCreate"), msisdn, mandateReference, ...terms }));
  done(await payments.debit({ ...ask("directDebitPayment"), ...name, amountMinor: 5_00n }));
  ended(await payments.debit({ ...ask("directDebitPayment"), ...name, amountMinor: 5_00n }), "failed");
  done(
    await payments.debit({ ...ask("directDebitPayment"), ...name, scenario: accepted, amountMinor: 5_00n }),
  );
  done(await payments.cancelMandate({ ...ask("directDebitCancel"), ...name }));
  const whenever = { ...terms, frequency: null, firstPaymentDay: null };
  done(
    await payments.createMandate({
      ...ask("directDebitCreate"),
      msisdn,
      mandateReference: "Water",
      ...whenever,
    }),
  );
  done(
    await payments.debit({
      ...ask("directDebitPayment"),
      ...name,
      mandateReference: "Water",
      amountMinor: 6_00n,
    }),
  );
}

const done = (outcome: Outcome): Outcome => ended(outcome, "completed");

function ended(outcome: Outcome, status: Outcome["status"]): Outcome {
  assert.equal(outcome.status, status, `${outcome.refusal}`);
  return outcome;
}
