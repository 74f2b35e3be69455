/** The sandbox's mobile network: what it loses and delays, and the seed that it draws from. */
import { marketNames } from "../money.ts";
import { resetCarried } from "../store/handsets.ts";
import { readNetwork, setNetwork, type NetworkRow } from "../store/network.ts";
import { route } from "./route.ts";
import { object, whole } from "./schema.ts";

const percent = (what: string) =>
  whole({ minimum: 0, maximum: 100, description: `How many of a hundred ${what} never arrive.` });

const settings = {
  seed: whole({
    minimum: 0,
    maximum: Number.MAX_SAFE_INTEGER,
    description: "What every loss and delay is drawn from: the same seed gives the same run.",
    examples: [7],
  }),
  promptsLostPercent: percent("prompts"),
  messagesLostPercent: percent("messages"),
  delaySeconds: whole({
    minimum: 0,
    maximum: 600,
    description: "The longest that a prompt or a message takes, in seconds of business time.",
  }),
};

export const networkRoutes = [
  route({
    method: "GET",
    path: "/network",
    does: "Tells what the sandbox's mobile network does wrong, in every market.",
    status: 200,
    answers: object(settings),
    handle: async (_asked, { main }) => shown(await readNetwork(main)),
  }),

  route({
    method: "PATCH",
    path: "/network",
    does: "Changes what the sandbox's mobile network does wrong. A seed, the same one too, begins the run again: prompts and messages are counted from the first.",
    body: object({}, settings),
    status: 200,
    answers: object(settings),
    async handle({ body }, { main, payments }) {
      const { seed, promptsLostPercent, messagesLostPercent, delaySeconds } = body;
      const row = await setNetwork(main, {
        seed: seed === undefined ? null : BigInt(seed),
        promptsLostPercent: promptsLostPercent ?? null,
        messagesLostPercent: messagesLostPercent ?? null,
        delayMs: delaySeconds === undefined ? null : delaySeconds * 1000,
      });
      if (seed !== undefined) {
        await Promise.all(marketNames.map((market) => resetCarried(payments(market).context.sql)));
      }
      return shown(row);
    },
  }),
];

const shown = ({ seed, delayMs, ...row }: NetworkRow) => ({
  ...row,
  seed: Number(seed),
  delaySeconds: Math.ceil(delayMs / 1000),
});
