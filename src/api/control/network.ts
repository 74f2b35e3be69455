/** The sandbox's mobile network: what it loses and delays, and the seed that it draws from. */
import { marketNames } from "../../core/money.ts";
import { resetSent } from "../../store/rail/handsets.ts";
import { readNetwork, setNetwork, type NetworkRow } from "../../store/main/sandbox-network.ts";
import { defineRoute } from "./route.ts";
import { object, integer } from "./schema.ts";

const percentField = (subject: string) =>
  integer({ minimum: 0, maximum: 100, description: `How many of a hundred ${subject} never arrive.` });

const settings = {
  seed: integer({
    minimum: 0,
    maximum: Number.MAX_SAFE_INTEGER,
    description: "What every loss and delay is drawn from: the same seed gives the same run.",
    examples: [7],
  }),
  promptsLostPercent: percentField("prompts"),
  messagesLostPercent: percentField("messages"),
  delaySeconds: integer({
    minimum: 0,
    maximum: 600,
    description: "The longest that a prompt or a message takes, in seconds of business time.",
  }),
};

export const networkRoutes = [
  defineRoute({
    method: "GET",
    path: "/network",
    summary: "Tells what the sandbox's mobile network does wrong, in every market.",
    status: 200,
    response: object(settings),
    handle: async (_request, { main }) => toResponse(await readNetwork(main)),
  }),

  defineRoute({
    method: "PATCH",
    path: "/network",
    summary:
      "Changes what the sandbox's mobile network does wrong. A seed, the same one too, begins the run again: prompts and messages are counted from the first.",
    body: object({}, settings),
    status: 200,
    response: object(settings),
    async handle({ body }, { main, payments }) {
      const { seed, promptsLostPercent, messagesLostPercent, delaySeconds } = body;
      const row = await setNetwork(main, {
        seed: seed === undefined ? null : BigInt(seed),
        promptsLostPercent: promptsLostPercent ?? null,
        messagesLostPercent: messagesLostPercent ?? null,
        delayMs: delaySeconds === undefined ? null : delaySeconds * 1000,
      });
      if (seed !== undefined) {
        await Promise.all(marketNames.map((market) => resetSent(payments(market).context.sql)));
      }
      return toResponse(row);
    },
  }),
];

const toResponse = (row: NetworkRow) => ({
  seed: Number(row.seed),
  promptsLostPercent: row.promptsLostPercent,
  messagesLostPercent: row.messagesLostPercent,
  delaySeconds: Math.ceil(row.delayMs / 1000),
});
