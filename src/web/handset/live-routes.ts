/**
 * Live handsets in the browser. A device that is not enrolled sees only the form for the secret, whether or not the
 * number exists, and has few attempts. Secrets, cookies and PINs require HTTPS.
 */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { Type, type Static } from "typebox";
import { railFor } from "../../core/rails.ts";
import { getPageWords } from "../page-language.ts";
import { sendPage } from "./responses.ts";
import { readDeviceCookie, setDeviceCookie, type LiveHandset } from "./enrolment.ts";
import { renderEnrolPage } from "./notice-page.ts";
import { PageError } from "./access-control.ts";
import { renderHandsetPage } from "./handset-page.ts";
import { registerHandsetRoutes, type ResolveHandset, type RouteDeps } from "./handset-routes.ts";
import { parseHandsetParams } from "./route-params.ts";
import { isConfidential, toClientKey } from "../../http/client-address.ts";

const enrolBody = Type.Object({ secret: Type.String({ maxLength: 200 }) });

export function registerLiveRoutes(scope: FastifyInstance, deps: RouteDeps): void {
  const { handsets, checkRateLimit } = deps;
  const base = "/handset/live/:market/:msisdn";

  scope.addHook("onRequest", async (request) => {
    if (!isConfidential(request)) {
      throw new PageError(403, (notices) => notices.liveNeedsHttps);
    }
  });

  async function isEnrolled(request: FastifyRequest, handset: LiveHandset): Promise<boolean> {
    const device = readDeviceCookie(request, handset);
    return device !== null && handsets(handset.market).isEnrolled(handset.msisdn, device);
  }

  const resolveHandset: ResolveHandset = async (request) => {
    const { market, msisdn } = parseHandsetParams(request);
    if (!(await isEnrolled(request, { market, msisdn }))) {
      throw new PageError(401, (notices) => notices.notEnrolled);
    }
    return {
      rail: railFor("live", market),
      source: toClientKey(request.ip),
      msisdn,
      handsets: handsets(market),
      words: getPageWords(request),
    };
  };

  scope.get(base, async (request, reply) => {
    const handset = parseHandsetParams(request);
    const words = getPageWords(request);
    if (!(await isEnrolled(request, handset))) return sendPage(reply, 200, renderEnrolPage(handset, words));
    return sendPage(
      reply,
      200,
      renderHandsetPage({ environment: "live", ...handset, startPin: null }, words),
    );
  });

  scope.post<{ Body: Static<typeof enrolBody> }>(
    `${base}/enrol`,
    { schema: { body: enrolBody } },
    async (request, reply) => {
      await checkRateLimit(request);
      const handset = parseHandsetParams(request);
      const device = await handsets(handset.market).enrol(handset.msisdn, request.body.secret.trim());
      if (device === null) throw new PageError(401, (notices) => notices.wrongSecret);
      setDeviceCookie(request, reply, handset, device);
      return { outcome: "accepted" };
    },
  );

  registerHandsetRoutes(scope, base, resolveHandset, deps);
}
