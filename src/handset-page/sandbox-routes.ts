/** The sandbox's handsets: every number's phone, the page that lists them, and new numbers. */
import type { FastifyInstance } from "fastify";
import { isPin, type Telling } from "../handset/phone.ts";
import { marketNames, markets, rail, type Market } from "../money.ts";
import { sendPage } from "./answers.ts";
import { behaviours } from "./behaviours.ts";
import { PageError } from "./guard.ts";
import { listPage, type Listed } from "./list-html.ts";
import { unknownNumberPage } from "./message-html.ts";
import { phonePage } from "./phone-html.ts";
import { phoneRoutes, type Open, type Tools } from "./phone-routes.ts";
import { handsetIn, marketNamed } from "./paths.ts";

/** Somebody who gets a number, some money and a phone. */
export interface Newcomer {
  readonly msisdn: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly pin: string;
}

export type StartPins = (market: Market) => readonly { readonly msisdn: string; readonly pin: string }[];

export interface SandboxDeps {
  readonly register: (market: Market, newcomer: Newcomer) => Promise<boolean>;
  readonly startPins: StartPins;
}

/** A page is for people: nobody looks through more. */
const listedMost = 200;

const tellBody = {
  type: "object",
  properties: {
    answer: { type: "string", enum: behaviours.map(({ answer }) => answer) },
    delayMs: { type: "integer", minimum: 0, maximum: 3_600_000 },
  },
} as const;

const name = { type: "string", pattern: "^(?!\\s*$)\\P{Cc}{1,60}$" } as const;
const newcomerBody = {
  type: "object",
  required: ["market", "msisdn", "pin", "firstName", "lastName"],
  properties: {
    market: { type: "string", maxLength: 40 },
    msisdn: { type: "string", maxLength: 20 },
    pin: { type: "string", maxLength: 12 },
    firstName: name,
    lastName: name,
  },
} as const;

export function sandboxPages(
  scope: FastifyInstance,
  tools: Tools,
  { register, startPins }: SandboxDeps,
): void {
  const { phones, limit } = tools;

  const open: Open = async (request) => {
    const { market, msisdn } = handsetIn(request);
    return { rail: rail("sandbox", market), msisdn, phones: phones(market) };
  };

  const startPinOf = (market: Market, msisdn: string): string | null =>
    startPins(market).find((each) => each.msisdn === msisdn)?.pin ?? null;

  async function listed(market: Market): Promise<Listed> {
    const handsets = await phones(market).list("", listedMost);
    return [
      market,
      handsets.map((handset) => ({ ...handset, startPin: startPinOf(market, handset.msisdn) })),
    ];
  }

  scope.get("/handset", async (_request, reply) =>
    sendPage(reply, 200, listPage(await Promise.all(marketNames.map(listed)))),
  );

  scope.get("/handset/:market/:msisdn", async (request, reply) => {
    const { market, msisdn } = handsetIn(request);
    const state = await phones(market).state(msisdn);
    if (state === null) return sendPage(reply, 404, unknownNumberPage(market, msisdn));
    const startPin = startPinOf(market, msisdn);
    return sendPage(reply, 200, phonePage({ environment: "sandbox", market, msisdn, startPin }));
  });

  const base = "/handset/:market/:msisdn";
  phoneRoutes(scope, base, open, tools);

  scope.post<{ Body: Telling }>(`${base}/tell`, { schema: { body: tellBody } }, async (request) => {
    await limit(request);
    const { msisdn, phones: on } = await open(request);
    if (!(await on.tell(msisdn, request.body))) throw new PageError(404, "There is no such handset.");
    return { outcome: "accepted" };
  });

  scope.post<{ Body: Newcomer & { market: string } }>(
    "/handset/register",
    { schema: { body: newcomerBody } },
    async (request, reply) => {
      await limit(request);
      const { market: named, ...newcomer } = request.body;
      const market = marketNamed(named);
      refuseWrong(market, newcomer);
      if (!(await register(market, newcomer))) {
        throw new PageError(
          409,
          `${newcomer.msisdn} has a handset in this market already; it keeps its PIN.`,
        );
      }
      return reply.code(201).send({ path: `/handset/${market}/${newcomer.msisdn}` });
    },
  );
}

function refuseWrong(market: Market, { msisdn, pin }: Newcomer): void {
  const { name: operator, prefix, digits } = markets[market];
  if (!new RegExp(`^${prefix}\\d{${digits - prefix.length}}$`).test(msisdn)) {
    throw new PageError(400, `A number of ${operator} has ${digits} digits and begins with ${prefix}.`);
  }
  if (!isPin(pin)) throw new PageError(400, "A PIN has 4 to 6 digits.");
}
