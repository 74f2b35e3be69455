/**
 * Live handsets on our own page. Whoever is not enrolled sees a form for the secret and nothing else, whether
 * or not anybody has the number; tries are few. Secrets, cookies and PINs travel by HTTPS alone.
 */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { rail } from "../money.ts";
import { sendPage } from "./answers.ts";
import { deviceOf, setDevice, type LiveHandset } from "./enrolment.ts";
import { enrolPage } from "./message-html.ts";
import { PageError } from "./guard.ts";
import { phonePage } from "./phone-html.ts";
import { phoneRoutes, type Open, type Tools } from "./phone-routes.ts";
import { handsetIn } from "./paths.ts";
import { isPrivate } from "./source.ts";

const enrolBody = {
  type: "object",
  required: ["secret"],
  properties: { secret: { type: "string", maxLength: 200 } },
} as const;

export function livePages(scope: FastifyInstance, tools: Tools): void {
  const { phones, limit } = tools;
  const base = "/handset/live/:market/:msisdn";

  scope.addHook("onRequest", async (request) => {
    if (!isPrivate(request)) {
      throw new PageError(403, "A live handset is used over HTTPS, or on the machine of its server.");
    }
  });

  async function isEnrolled(request: FastifyRequest, handset: LiveHandset): Promise<boolean> {
    const device = deviceOf(request, handset);
    return device !== null && phones(handset.market).isEnrolled(handset.msisdn, device);
  }

  const open: Open = async (request) => {
    const { market, msisdn } = handsetIn(request);
    if (!(await isEnrolled(request, { market, msisdn }))) {
      throw new PageError(401, "This device is not enrolled.");
    }
    return { rail: rail("live", market), msisdn, phones: phones(market) };
  };

  scope.get(base, async (request, reply) => {
    const handset = handsetIn(request);
    if (!(await isEnrolled(request, handset))) return sendPage(reply, 200, enrolPage(handset));
    return sendPage(reply, 200, phonePage({ environment: "live", ...handset, startPin: null }));
  });

  scope.post<{ Body: { secret: string } }>(
    `${base}/enrol`,
    { schema: { body: enrolBody } },
    async (request, reply) => {
      await limit(request);
      const handset = handsetIn(request);
      const device = await phones(handset.market).enrol(handset.msisdn, request.body.secret.trim());
      if (device === null) throw new PageError(401, "The secret and this number do not belong together.");
      setDevice(request, reply, handset, device);
      return { outcome: "accepted" };
    },
  );

  phoneRoutes(scope, base, open, tools);
}
