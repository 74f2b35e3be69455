/** Handsets: their state and behaviour, and answering prompts in place of their owners. */
import { Type } from "typebox";
import { plainText, shortcode } from "../../core/fields.ts";
import { maxBlockedOrganisations } from "../../payments/blocked-organisations.ts";
import type { BlockResult, ReplyResult, HandsetService, Prompt } from "../../handset/handset-api.ts";
import { registerTestCustomer } from "../../sandbox/register-test-customer.ts";
import { readHandsets } from "../../store/rail/handsets.ts";
import { object, stringEnum, nullable, type Value } from "../../core/schema.ts";
import { assertMsisdnLength } from "./customers.ts";
import { amount, behaviour, parseAmountMinor, msisdn, pin } from "./fields.ts";
import {
  delaySeconds,
  handsetResponse,
  noSuchHandset,
  readHandsetResponse,
  handsetFields,
  toHandsetSummary,
  transactionId,
} from "./handset-response.ts";
import { ApiError } from "../api-error.ts";
import { defineRoute } from "./route.ts";

const noOpenPrompt = "This handset has no open prompt.";
const noSignal = "The handset has no signal.";
const noSuchOrganisation = "No organisation in this market has this shortcode.";
const tooManyBlocked = `The customer has blocked ${maxBlockedOrganisations} organisations already.`;

const answerResponse = object(
  { transactionId, outcome: stringEnum(["accepted", "wrong_pin", "locked"]) },
  {
    left: Type.Integer({ minimum: 1, maximum: 2, description: "After a wrong PIN: attempts left." }),
    until: Type.String({
      description: "When locked: the end of the lock. The third wrong PIN also ends the payment.",
    }),
  },
);

export const handsetRoutes = [
  defineRoute({
    method: "GET",
    path: "/markets/{market}/handsets",
    summary:
      "Lists handsets by MSISDN. Pass `next` as `after` to get the next page; it is null on the last page.",
    query: object(
      {},
      {
        limit: Type.String({
          pattern: "^[1-9][0-9]{0,2}$|^1000$",
          description: "The page size, 1 to 1000; default 100.",
          examples: ["100"],
        }),
        after: Type.String({
          pattern: "^[0-9]{1,14}$",
          description: "List only handsets with a higher MSISDN.",
          examples: ["255750000006"],
        }),
      },
    ),
    status: 200,
    response: object({ handsets: Type.Array(object(handsetFields)), next: nullable(msisdn) }),
    async handle({ params: { market }, query }, { payments }) {
      const limit = Number(query.limit ?? 100);
      const rows = await readHandsets(payments(market).context.sql, query.after ?? "", limit);
      const next = rows.length === limit ? (rows.at(-1)?.msisdn ?? null) : null;
      return { handsets: rows.map(toHandsetSummary), next };
    },
  }),

  defineRoute({
    method: "POST",
    path: "/markets/{market}/handsets",
    summary:
      "Creates a handset for an MSISDN. If no customer has it, one is registered with the names and the balance; an existing customer keeps theirs. If the handset exists, the PIN and the answer are changed.",
    body: object(
      { msisdn },
      {
        pin,
        firstName: plainText("The first name, up to 60 characters.", 60),
        lastName: plainText("The last name, up to 60 characters.", 60),
        balance: amount,
        answer: behaviour,
      },
    ),
    status: 201,
    response: object({
      created: Type.Boolean({ description: "Whether the customer is new." }),
      handset: handsetResponse,
    }),
    async handle({ params: { market }, body }, deps) {
      assertMsisdnLength(body.msisdn, market, "");
      const handsets = deps.handsets(market);
      const created = await registerTestCustomer(
        { payments: deps.payments(market), phones: handsets, newId: deps.newId },
        {
          msisdn: body.msisdn,
          firstName: body.firstName ?? "Sandbox",
          lastName: body.lastName ?? "Customer",
          balanceMinor: parseAmountMinor(body.balance ?? "0", market, "balance"),
          pin: body.pin ?? "1234",
          answer: body.answer ?? "ask",
        },
      );
      if (!created) {
        await handsets.upsert({
          msisdn: body.msisdn,
          ...(body.pin === undefined ? {} : { pin: body.pin }),
          ...(body.answer === undefined ? {} : { behaviour: body.answer }),
        });
      }
      return { created, handset: await readHandsetResponse(market, body.msisdn, deps) };
    },
  }),

  defineRoute({
    method: "GET",
    path: "/markets/{market}/handsets/{msisdn}",
    summary: "Returns what a handset shows, and what has not arrived on it.",
    status: 200,
    response: handsetResponse,
    errors: { 404: noSuchHandset },
    handle: ({ params }, deps) => readHandsetResponse(params.market, params.msisdn, deps),
  }),

  defineRoute({
    method: "PATCH",
    path: "/markets/{market}/handsets/{msisdn}",
    summary:
      "Changes how a handset behaves, sets its PIN, or unlocks it. When its signal returns, waiting prompts and messages arrive.",
    body: object(
      {},
      {
        answer: behaviour,
        delaySeconds,
        pin,
        unlock: Type.Boolean({ description: "True resets the wrong PIN attempts and ends a lock." }),
      },
    ),
    status: 200,
    response: handsetResponse,
    errors: { 404: noSuchHandset },
    async handle({ params, body }, deps) {
      const { market, msisdn: number } = params;
      const handsets = deps.handsets(market);
      const changed = await handsets.setBehaviour(number, {
        ...(body.answer === undefined ? {} : { behaviour: body.answer }),
        ...(body.delaySeconds === undefined ? {} : { delayMs: body.delaySeconds * 1000 }),
      });
      if (!changed) throw new ApiError(404, noSuchHandset);
      if (body.pin !== undefined) await handsets.setPin(number, body.pin);
      if (body.unlock === true) await handsets.unlock(number);
      return readHandsetResponse(market, number, deps);
    },
  }),

  defineRoute({
    method: "POST",
    path: "/markets/{market}/handsets/{msisdn}/answer",
    waits: true,
    summary:
      "Answers the prompt on a handset in place of its owner. The PIN is optional; if present, it is checked, and a wrong one is counted.",
    body: object(
      { says: stringEnum(["approve", "decline"]) },
      {
        pin,
        prompt: Type.String({
          pattern: "^[0-9a-zA-Z]{12}$",
          description: "The TransactionID of the prompt; default: the oldest on the screen.",
          examples: ["hv9ahxcg4ccv"],
        }),
        waitSeconds: Type.Integer({
          minimum: 0,
          maximum: 30,
          description: "How long to wait for a prompt to arrive, in seconds; default 0.",
        }),
      },
    ),
    status: 200,
    response: answerResponse,
    errors: { 404: noSuchHandset, 409: `${noOpenPrompt} Or: ${noSignal}` },
    async handle({ params, body }, { handsets }) {
      const { market, msisdn: number } = params;
      const prompt = await waitForOpenPrompt(
        handsets(market),
        number,
        body.prompt,
        (body.waitSeconds ?? 0) * 1000,
      );
      const paymentId = prompt.paymentId;
      const result = await handsets(market).answerPrompt({
        msisdn: number,
        paymentId,
        reply: body.says,
        pin: body.pin ?? null,
      });
      return { transactionId: paymentId, ...toAnswerResponse(result) };
    },
  }),

  defineRoute({
    method: "POST",
    path: "/markets/{market}/handsets/{msisdn}/block",
    summary:
      "Blocks an organisation in place of the handset's owner: its collections, mandates and debits are refused from now on, and its open prompts are declined.",
    body: object({ shortcode }),
    status: 200,
    response: handsetResponse,
    errors: { 404: `${noSuchHandset} Or: ${noSuchOrganisation}`, 409: tooManyBlocked },
    async handle({ params, body }, deps) {
      const { market, msisdn: number } = params;
      assertBlockResult(await deps.handsets(market).block(number, body.shortcode));
      return readHandsetResponse(market, number, deps);
    },
  }),

  defineRoute({
    method: "POST",
    path: "/markets/{market}/handsets/{msisdn}/unblock",
    summary:
      "Unblocks an organisation in place of the handset's owner. Nothing changes if it is not blocked.",
    body: object({ shortcode }),
    status: 200,
    response: handsetResponse,
    errors: { 404: noSuchHandset },
    async handle({ params, body }, deps) {
      const { market, msisdn: number } = params;
      assertBlockResult(await deps.handsets(market).unblock(number, body.shortcode));
      return readHandsetResponse(market, number, deps);
    },
  }),
] as const;

function assertBlockResult({ outcome }: BlockResult): void {
  if (outcome === "no_handset") throw new ApiError(404, noSuchHandset);
  if (outcome === "organisation_unknown") throw new ApiError(404, noSuchOrganisation);
  if (outcome === "too_many_blocked") throw new ApiError(409, tooManyBlocked);
}

/** Waits until the prompt is on the screen. Throws 404 or 409. */
async function waitForOpenPrompt(
  handsets: HandsetService,
  number: string,
  transactionId: string | undefined,
  waitMs: number,
): Promise<Prompt> {
  const deadline = performance.now() + waitMs;
  for (;;) {
    // Subscribe before reading, so that no change in between is missed.
    const { promise: changed, resolve } = Promise.withResolvers<void>();
    const unsubscribe = handsets.watch(number, resolve);
    const timer = setTimeout(resolve, Math.max(0, deadline - performance.now()));
    try {
      const state = await handsets.getState(number);
      if (state === null) throw new ApiError(404, noSuchHandset);
      if (state.signal !== "on") throw new ApiError(409, noSignal);
      const open = state.prompts.find(
        (prompt) => (transactionId?.toLowerCase() ?? prompt.paymentId) === prompt.paymentId,
      );
      if (open !== undefined) return open;
      if (performance.now() >= deadline) throw new ApiError(409, noOpenPrompt);
      await changed;
    } finally {
      unsubscribe();
      clearTimeout(timer);
    }
  }
}

function toAnswerResponse(result: ReplyResult): Omit<Value<typeof answerResponse>, "transactionId"> {
  const { outcome } = result;
  if (outcome === "prompt_not_open") throw new ApiError(409, noOpenPrompt);
  if (outcome === "no_signal") throw new ApiError(409, noSignal);
  if (outcome === "no_handset") throw new ApiError(404, noSuchHandset);
  if (outcome === "locked") return { outcome, until: new Date(result.until).toISOString() };
  return outcome === "wrong_pin" ? { outcome, left: result.left } : { outcome };
}
