/** Handsets: what is on their screens, how they behave, and what a test says in place of their owners. */
import type { Answered, Phones, Prompt } from "../handset/phone.ts";
import { settleNewcomer } from "../sandbox/newcomer.ts";
import { readHandsets } from "../store/handsets.ts";
import { refuseForeignLength } from "./customers.ts";
import { amount, answer, minorUnits, msisdn, pin, plainText } from "./fields.ts";
import {
  delaySeconds,
  handset,
  noSuchHandset,
  showHandset,
  summary,
  summed,
  transactionId,
} from "./handset-view.ts";
import { ControlError, route, type Asked } from "./route.ts";
import { flag, list, object, oneOf, orNull, text, whole } from "./schema.ts";

const noOpenPrompt = "There is no open prompt on this handset.";
const noSignal = "The handset has no signal.";

export const handsetRoutes = [
  route({
    method: "GET",
    path: "/markets/{market}/handsets",
    does: "Lists handsets in order of their numbers. `next` is what to pass as `after` for those that follow, or null.",
    query: object(
      {},
      {
        limit: text({
          pattern: "^[1-9][0-9]{0,2}$|^1000$",
          description: "How many, 1 to 1000; 100 without it.",
          examples: ["100"],
        }),
        after: text({
          pattern: "^[0-9]{1,14}$",
          description: "The number after which to begin.",
          examples: ["255750000006"],
        }),
      },
    ),
    status: 200,
    answers: object({ handsets: list(object(summary)), next: orNull(msisdn) }),
    async handle({ market, query }, { payments }) {
      const most = Number(query.limit ?? 100);
      const rows = await readHandsets(payments(market).context.sql, query.after ?? "", most);
      const next = rows.length === most ? (rows.at(-1)?.msisdn ?? null) : null;
      return { handsets: rows.map(summed), next };
    },
  }),

  route({
    method: "POST",
    path: "/markets/{market}/handsets",
    does: "Gives a number a handset. A number that is nobody's is registered as a new customer, with names and a balance; one who is registered keeps those. A handset that is there takes the PIN and the answer that are given.",
    body: object(
      { msisdn },
      {
        pin,
        firstName: plainText("The first name, up to 60 characters.", 60),
        lastName: plainText("The last name, up to 60 characters.", 60),
        balance: amount,
        answer,
      },
    ),
    status: 201,
    answers: object({ created: flag({ description: "Whether the customer is new." }), handset }),
    async handle(asked, deps) {
      const { market, body } = asked;
      refuseForeignLength(body.msisdn, market, "");
      const phones = deps.phones(market);
      const created = await settleNewcomer(
        { payments: deps.payments(market), phones, newId: deps.newId },
        {
          msisdn: body.msisdn,
          firstName: body.firstName ?? "Sandbox",
          lastName: body.lastName ?? "Customer",
          balanceMinor: minorUnits(body.balance ?? "0", market, "balance"),
          pin: body.pin ?? "1234",
          answer: body.answer ?? "ask",
        },
      );
      if (!created) {
        await phones.open({
          msisdn: body.msisdn,
          ...(body.pin === undefined ? {} : { pin: body.pin }),
          ...(body.answer === undefined ? {} : { answer: body.answer }),
        });
      }
      return { created, handset: await showHandset(market, body.msisdn, deps) };
    },
  }),

  route({
    method: "GET",
    path: "/markets/{market}/handsets/{msisdn}",
    does: "Tells what a handset shows, and what has not reached it.",
    status: 200,
    answers: handset,
    fails: { 404: noSuchHandset },
    handle: (asked, deps) => showHandset(asked.market, handsetIn(asked), deps),
  }),

  route({
    method: "PATCH",
    path: "/markets/{market}/handsets/{msisdn}",
    does: "Tells a handset how to behave, sets its PIN, or unlocks it. When its signal returns, what waited arrives.",
    body: object(
      {},
      {
        answer,
        delaySeconds,
        pin,
        unlock: flag({ description: "True forgets wrong PINs and ends a lock." }),
      },
    ),
    status: 200,
    answers: handset,
    fails: { 404: noSuchHandset },
    async handle(asked, deps) {
      const { market, body } = asked;
      const number = handsetIn(asked);
      const phones = deps.phones(market);
      const told = await phones.tell(number, {
        ...(body.answer === undefined ? {} : { answer: body.answer }),
        ...(body.delaySeconds === undefined ? {} : { delayMs: body.delaySeconds * 1000 }),
      });
      if (!told) throw new ControlError(404, noSuchHandset);
      if (body.pin !== undefined) await phones.setPin(number, body.pin);
      if (body.unlock === true) await phones.unlock(number);
      return showHandset(market, number, deps);
    },
  }),

  route({
    method: "POST",
    path: "/markets/{market}/handsets/{msisdn}/answer",
    does: "Answers the prompt on a handset in place of its owner. Without a PIN it needs none; a PIN that is given is checked and counted like a person's.",
    body: object(
      { says: oneOf(["approve", "decline"]) },
      {
        pin,
        prompt: text({
          pattern: "^[0-9a-zA-Z]{12}$",
          description: "The TransactionID of the prompt; without it, the oldest on the screen.",
          examples: ["hv9ahxcg4ccv"],
        }),
        waitSeconds: whole({
          minimum: 0,
          maximum: 30,
          description: "How long to wait for a prompt to arrive, in seconds; 0 without it.",
        }),
      },
    ),
    status: 200,
    answers: object(
      { transactionId, outcome: oneOf(["accepted", "wrong_pin", "locked"]) },
      {
        left: whole({ minimum: 1, maximum: 2, description: "After a wrong PIN: tries that are left." }),
        until: text({ description: "When locked: until when. The third wrong PIN ends the payment too." }),
      },
    ),
    fails: { 404: noSuchHandset, 409: `${noOpenPrompt} Or: ${noSignal}` },
    async handle(asked, { phones }) {
      const { body, market } = asked;
      const number = handsetIn(asked);
      const prompt = await openPrompt(phones(market), number, body.prompt, (body.waitSeconds ?? 0) * 1000);
      const paymentId = prompt.paymentId;
      const answered = await phones(market).answer({
        msisdn: number,
        paymentId,
        says: body.says,
        pin: body.pin ?? null,
      });
      return { transactionId: paymentId, ...inWords(answered) };
    },
  }),
];

/** The number in the path; one that cannot be anybody's is nobody's. */
function handsetIn(asked: Asked<unknown, unknown>): string {
  const number = asked.part("msisdn");
  if (!/^\d{11,14}$/.test(number)) throw new ControlError(404, noSuchHandset);
  return number;
}

/** The prompt that is meant, as soon as it is on the screen. Throws 404 and 409. */
async function openPrompt(
  phones: Phones,
  number: string,
  wanted: string | undefined,
  waitMs: number,
): Promise<Prompt> {
  const giveUpAt = performance.now() + waitMs;
  for (;;) {
    // Watched before it is read, so that nothing happens in between unheard.
    const { promise: changed, resolve } = Promise.withResolvers<void>();
    const stop = phones.watch(number, resolve);
    const patience = setTimeout(resolve, Math.max(0, giveUpAt - performance.now()));
    try {
      const state = await phones.state(number);
      if (state === null) throw new ControlError(404, noSuchHandset);
      if (state.signal !== "on") throw new ControlError(409, noSignal);
      const found = state.prompts.find(
        (prompt) => (wanted?.toLowerCase() ?? prompt.paymentId) === prompt.paymentId,
      );
      if (found !== undefined) return found;
      if (performance.now() >= giveUpAt) throw new ControlError(409, noOpenPrompt);
      await changed;
    } finally {
      stop();
      clearTimeout(patience);
    }
  }
}

function inWords(answered: Answered): object {
  const { outcome } = answered;
  if (outcome === "prompt_not_open") throw new ControlError(409, noOpenPrompt);
  if (outcome === "no_signal") throw new ControlError(409, noSignal);
  if (outcome === "no_handset") throw new ControlError(404, noSuchHandset);
  return outcome === "locked" ? { outcome, until: new Date(answered.until).toISOString() } : answered;
}
