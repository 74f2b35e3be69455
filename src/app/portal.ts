/** Builds what the portal's API works on: the sandbox's functions, and small pools of its own for what it reads. */
import type { FastifyInstance } from "fastify";
import type { AccountDeps } from "../accounts/account-deps.ts";
import { createBackgroundWork } from "../accounts/background-work.ts";
import { getOrCreateLocalPassword } from "../accounts/local-password.ts";
import type { ControlDeps } from "../api/control/route.ts";
import type { PortalDeps } from "../api/portal/route.ts";
import type { Market } from "../core/markets.ts";
import { railFor, type Rail } from "../core/rails.ts";
import { version } from "../core/version.ts";
import { createApplicationService } from "../developers/application-service.ts";
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
    main: stores.mainPortal,
    rail,
    findRequestLog: (market) => ({
      sql: market === null ? stores.mainPortal : rail(railFor("sandbox", market)),
      hashKey: locateLog(stores, keys, market === null ? null : railFor("sandbox", market).name).hashKey,
      hasPayments: market !== null,
    }),
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
