/** The simulated mobile network of the sandbox: losses, delays, and the seed of its random numbers. */
import { Type } from "typebox";
import { marketNames } from "../../core/markets.ts";
import { resetSent } from "../../store/rail/handsets.ts";
import { readNetwork, setNetwork, type NetworkRow } from "../../store/main/sandbox-network.ts";
import { object } from "../../core/schema.ts";
import { defineRoute } from "./route.ts";

const percentField = (subject: string) =>
  Type.Integer({ minimum: 0, maximum: 100, description: `The percentage of ${subject} that are lost.` });

const settings = {
  seed: Type.Integer({
    minimum: 0,
    maximum: Number.MAX_SAFE_INTEGER,
    description: "The seed of the random losses and delays. The same seed gives the same results.",
    examples: [7],
  }),
  promptsLostPercent: percentField("prompts"),
  messagesLostPercent: percentField("messages"),
  delaySeconds: Type.Integer({
    minimum: 0,
    maximum: 600,
    description: "The maximum delay of a prompt or message, in seconds of business time.",
  }),
};

export const networkRoutes = [
  defineRoute({
    method: "GET",
    path: "/network",
    summary: "Returns the losses and delays of the simulated mobile network, which apply to all markets.",
    status: 200,
    response: object(settings),
    handle: async (_request, { main }) => toResponse(await readNetwork(main)),
  }),

  defineRoute({
    method: "PATCH",
    path: "/network",
    summary:
      "Changes the losses and delays of the simulated mobile network. A seed, even an unchanged one, restarts the sequence of random numbers.",
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
] as const;

const toResponse = (row: NetworkRow) => ({
  seed: Number(row.seed),
  promptsLostPercent: row.promptsLostPercent,
  messagesLostPercent: row.messagesLostPercent,
  delaySeconds: Math.ceil(row.delayMs / 1000),
});
