/** Builds what the portal's API works on: the sandbox's functions, and small pools of its own for what it reads. */
import type { FastifyInstance } from "fastify";
import type { ControlDeps } from "../api/control/route.ts";
import type { PortalDeps, ReceivedResponse, SentRequest } from "../api/portal/route.ts";
import { createPortalEvents } from "../api/portal/event-streams.ts";
import type { AccountDeps } from "../accounts/account-deps.ts";
import { createBackgroundWork } from "../accounts/background-work.ts";
import { getOrCreateLocalPassword } from "../accounts/local-password.ts";
import type { Market } from "../core/markets.ts";
import { railFor, type Rail } from "../core/rails.ts";
import { issueAccessToken } from "../developers/access-tokens.ts";
import { version } from "../core/version.ts";
import { createApplicationService } from "../developers/application-service.ts";
import type { SearchedLog } from "../developers/request-log/reader.ts";
import { createMailer } from "../mail/mailer.ts";
import { createSmtpSender } from "../mail/smtp.ts";
import { publishMessages } from "../payments/invoices.ts";
import type { Sql } from "../store/driver/connect.ts";
import { insertTextMessage } from "../store/rail/messages.ts";
import type { AppOptions } from "./options.ts";
import { locateLog } from "./record-request.ts";
import type { RouteParts } from "./route-parts.ts";

export function createPortalDeps(app: FastifyInstance, parts: RouteParts, sandbox: ControlDeps): PortalDeps {
  const { options, applications, keys } = parts;
  const { stores, secretKey, config } = options;
  const rail = ({ name }: Rail): Sql => stores.rails.get(name)?.portal ?? stores.mainPortal;
  const findRequestLog = (market: Market | null): SearchedLog => ({
    sql: market === null ? stores.mainPortal : rail(railFor("sandbox", market)),
    hashKey: locateLog(stores, keys, market === null ? null : railFor("sandbox", market).name).hashKey,
    hasPayments: market !== null,
  });
  const events = createPortalEvents({
    main: stores.mainPortal,
    findRequestLog,
    flushRequestLog: sandbox.flushRequestLog,
    onError: (error) => options.log.warn({ err: error }, "the portal's events could not be read"),
  });
  return {
    allowedHosts: options.controlHosts,
    localTools: config.localTools,
    version,
    sandbox,
    accounts: createAccountDeps(app, options),
    publicUrl: config.publicUrl,
    readLocalPassword: () => getOrCreateLocalPassword(stores.mainPortal, secretKey),
    sendRealText: config.liveHandsets === "gateway" ? createTextSender(parts) : null,
    applications: (actor) =>
      createApplicationService({
        sql: stores.mainPortal,
        environment: "sandbox",
        actor,
        refresh: () => applications.refresh(),
        readSecretKey: () => secretKey,
      }),
    issueAccessToken: (request) => issueAccessToken(stores.mainPortal, request),
    publicKey: keys.sandbox.publicKey,
    sendToGateway: (request) => sendToGateway(app, request),
    main: stores.mainPortal,
    rail,
    findRequestLog,
    events,
  };
}

/** Through all of the server's routes, but not through a socket: the server need not know its own address. */
async function sendToGateway(
  app: FastifyInstance,
  { method, url, headers, body }: SentRequest,
): Promise<ReceivedResponse> {
  const startedAt = performance.now();
  const response = await app.inject({
    method: method as "GET" | "POST" | "PUT",
    url,
    headers,
    remoteAddress: "127.0.0.1",
    ...(body === "" ? {} : { payload: body }),
  });
  return {
    status: response.statusCode,
    headers: Object.fromEntries(
      Object.entries(response.headers).map(([name, value]) => [name, String(value)]),
    ),
    body: response.body,
    tookMs: performance.now() - startedAt,
  };
}

/** Mails are sent after the response, and before the server has stopped. */
function createAccountDeps(
  app: FastifyInstance,
  { stores, config, secretKey, log }: AppOptions,
): AccountDeps {
  const { smtpUrl, mailFrom } = config;
  const sendMail =
    smtpUrl === null || mailFrom === null ? null : createSmtpSender({ url: smtpUrl, from: mailFrom });
  const mailer = createMailer({
    sql: stores.mainPortal,
    secretKey,
    sendMail,
    onError: (error) => log.warn({ err: error }, "a mail could not be sent; it will be retried"),
  });
  const background = createBackgroundWork((error) =>
    log.warn({ err: error }, "work after a response of the portal failed"),
  );
  app.addHook("preClose", async () => {
    await background.close();
    await mailer.close();
  });
  return { sql: stores.mainPortal, secretKey, mailer, background, now: Date.now };
}

/** The operator's gateway has the numbers of live. */
const createTextSender =
  ({ rails }: RouteParts) =>
  async (market: Market, msisdn: string, text: string): Promise<void> => {
    const { context, commitEvents } = rails.payments(railFor("live", market));
    await insertTextMessage(context.sql, { msisdn, text }, context.clock.now());
    publishMessages(commitEvents);
  };
