/** Routes of the sandbox's handsets: the list, one page for each number, and registration of new numbers. */
import type { FastifyInstance } from "fastify";
import type { Static } from "typebox";
import { isPin } from "../../handset/handset-api.ts";
import { marketNames, markets, type Market } from "../../core/markets.ts";
import { isMarketMsisdn } from "../../core/msisdn.ts";
import { railFor } from "../../core/rails.ts";
import { behaviourBody, handsetPageRoute, listPageRoute, registerBody } from "../route-schemas.ts";
import { toClientKey } from "../../http/client-address.ts";
import { getPageWords } from "../page-language.ts";
import { sendPage } from "./responses.ts";
import { PageError } from "./access-control.ts";
import { renderListPage, type MarketSection } from "./list-page.ts";
import { renderUnknownNumberPage } from "./notice-page.ts";
import { renderHandsetPage } from "./handset-page.ts";
import { registerHandsetRoutes, type ResolveHandset, type RouteDeps } from "./handset-routes.ts";
import { parseHandsetParams, parseMarket } from "./route-params.ts";

export interface TestCustomerForm {
  readonly msisdn: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly pin: string;
}

export type StartPins = (market: Market) => readonly { readonly msisdn: string; readonly pin: string }[];

export interface SandboxRouteDeps {
  readonly register: (market: Market, customer: TestCustomerForm) => Promise<boolean>;
  readonly startPins: StartPins;
}

/** Per market: a longer list is not useful on a page. */
const maxListedHandsets = 200;

export function registerSandboxRoutes(
  scope: FastifyInstance,
  deps: RouteDeps,
  { register, startPins }: SandboxRouteDeps,
): void {
  const { handsets, checkRateLimit } = deps;

  const resolveHandset: ResolveHandset = async (request) => {
    const { market, msisdn } = parseHandsetParams(request);
    return {
      rail: railFor("sandbox", market),
      source: toClientKey(request.ip),
      msisdn,
      handsets: handsets(market),
      words: getPageWords(request),
    };
  };

  const findStartPin = (market: Market, msisdn: string): string | null =>
    startPins(market).find((owner) => owner.msisdn === msisdn)?.pin ?? null;

  async function readMarketSection(market: Market): Promise<MarketSection> {
    const rows = await handsets(market).list("", maxListedHandsets);
    return [market, rows.map((handset) => ({ ...handset, startPin: findStartPin(market, handset.msisdn) }))];
  }

  scope.get("/handset", { schema: listPageRoute }, async (request, reply) => {
    const sections = await Promise.all(marketNames.map(readMarketSection));
    return sendPage(reply, 200, renderListPage(sections, getPageWords(request)));
  });

  scope.get("/handset/:market/:msisdn", { schema: handsetPageRoute }, async (request, reply) => {
    const { market, msisdn } = parseHandsetParams(request);
    const words = getPageWords(request);
    const state = await handsets(market).getState(msisdn);
    if (state === null) return sendPage(reply, 404, renderUnknownNumberPage({ market, msisdn }, words));
    const startPin = findStartPin(market, msisdn);
    return sendPage(
      reply,
      200,
      renderHandsetPage({ environment: "sandbox", market, msisdn, startPin }, words),
    );
  });

  const base = "/handset/:market/:msisdn";
  registerHandsetRoutes(scope, base, resolveHandset, deps);

  scope.post<{ Body: Static<typeof behaviourBody> }>(
    `${base}/tell`,
    { schema: { body: behaviourBody } },
    async (request) => {
      await checkRateLimit(request);
      const { msisdn, handsets: service } = await resolveHandset(request);
      const { answer, delayMs } = request.body;
      const change = {
        ...(answer === undefined ? {} : { behaviour: answer }),
        ...(delayMs === undefined ? {} : { delayMs }),
      };
      if (!(await service.setBehaviour(msisdn, change)))
        throw new PageError(404, (notices) => notices.noHandset);
      return { outcome: "accepted" };
    },
  );

  scope.post<{ Body: Static<typeof registerBody> }>(
    "/handset/register",
    { schema: { body: registerBody } },
    async (request, reply) => {
      await checkRateLimit(request);
      const { market: marketName, ...customer } = request.body;
      const market = parseMarket(marketName);
      validateCustomer(market, customer);
      if (!(await register(market, customer))) {
        throw new PageError(409, (notices) => notices.handsetExists(customer.msisdn));
      }
      return reply.code(201).send({ path: `/handset/${market}/${customer.msisdn}` });
    },
  );
}

function validateCustomer(market: Market, { msisdn, pin }: TestCustomerForm): void {
  if (!isMarketMsisdn(msisdn, market)) {
    const { name: operator, prefix, digits } = markets[market];
    throw new PageError(400, (notices) => notices.numberShape({ operator, digits, prefix }));
  }
  if (!isPin(pin)) throw new PageError(400, (notices) => notices.pinShape);
}
