/**
 * Sessions of the USSD menu: the current screen of each session, and the actions that screens need.
 *
 * Sessions are in this server's memory: after a timeout, or on another server, the customer dials again. A session holds
 * a PIN only while its screens need it.
 */
import { randomBytes } from "node:crypto";
import { msPerSecond } from "../../core/clock.ts";
import type { HandsetService } from "../../handset/handset-api.ts";
import { getMoneyPrefix, markets } from "../../core/markets.ts";
import type { RailName, Rail } from "../../core/rails.ts";
import { canPayMerchants } from "../../payments/pay-merchant.ts";
import { getMarketWords, type Words } from "../../words/index.ts";
import {
  screenAfter,
  dialCode,
  getExpectedReply,
  handleInput,
  type MenuAction,
  type MenuActionResult,
  type MenuFeatures,
  type Screen,
} from "./ussd-menu.ts";
import { renderScreen, type MenuLocale, type RenderedScreen } from "./ussd-screens.ts";

/** In wall time. */
const idleTimeoutMs = 120 * msPerSecond;
/** For each environment. Above it, the client with the most sessions loses the one with its oldest input. */
const maxSessions = 2000;
/** Above this, the handset's session with the oldest input is closed. A phone has one; several pages may show it. */
const maxSessionsPerHandset = 4;

export type UssdResponse = RenderedScreen & {
  /** To be sent with the input for this screen; null when the session has ended. */
  readonly session: string | null;
};

export interface HandsetConnection {
  readonly rail: Rail;
  /** The client, as for rate limits. */
  readonly source: string;
  readonly msisdn: string;
  readonly handsets: HandsetService;
  /** In the language of the page. */
  readonly words: Words;
}

export interface UssdSessions {
  /** Whether the next input of this session is a PIN. */
  expectsPin(session: string): boolean;
  dial(connection: HandsetConnection, code: string): Promise<UssdResponse>;
  sendInput(connection: HandsetConnection, session: string, input: string): Promise<UssdResponse>;
}

interface Session {
  readonly source: string;
  readonly rail: RailName;
  readonly msisdn: string;
  readonly screen: Screen;
  readonly lastInputAt: number;
}

/**
 * The sessions of one environment: many dials in the sandbox, where anyone may dial, must not end a live customer's menu.
 *
 * `now` is wall time, so that sessions time out even if the business clock is stopped.
 */
export function createUssdSessions(now: () => number = Date.now): UssdSessions {
  // Ordered by last input: each input deletes its session and adds a new one at the end.
  const sessions = new Map<string, Session>();

  function enterScreen(connection: HandsetConnection, screen: Screen): UssdResponse {
    const { rail, msisdn } = connection;
    const rendered = renderScreen(screen, getLocale(connection));
    if (rendered.reply === null) return { ...rendered, session: null };
    makeRoom(connection);
    const id = randomBytes(16).toString("base64url");
    sessions.set(id, { source: connection.source, rail: rail.name, msisdn, screen, lastInputAt: now() });
    return { ...rendered, session: id };
  }

  function makeRoom({ rail, msisdn }: HandsetConnection): void {
    const ofHandset = [...sessions].filter(
      ([, session]) => session.msisdn === msisdn && session.rail === rail.name,
    );
    if (ofHandset.length >= maxSessionsPerHandset) sessions.delete(ofHandset[0]?.[0] ?? "");
    if (sessions.size < maxSessions) return;
    const largest = findLargestSource([...sessions.values()]);
    const oldest = [...sessions].find(([, session]) => session.source === largest);
    if (oldest !== undefined) sessions.delete(oldest[0]);
  }

  function deleteIdle(): void {
    for (const [id, { lastInputAt }] of sessions) {
      if (now() - lastInputAt <= idleTimeoutMs) return;
      sessions.delete(id);
    }
  }

  return {
    expectsPin(id) {
      const session = sessions.get(id);
      return session !== undefined && getExpectedReply(session.screen) === "pin";
    },
    async dial(connection, code) {
      deleteIdle();
      const state = await connection.handsets.getState(connection.msisdn);
      return enterScreen(connection, state?.signal === "on" ? dialCode(code) : { type: "no_connection" });
    },
    async sendInput(connection, id, input) {
      deleteIdle();
      const session = sessions.get(id);
      if (session?.rail !== connection.rail.name || session.msisdn !== connection.msisdn)
        return { session: null, text: connection.words.ussd.timedOut, reply: null };
      // Each screen has a new id, so that a repeated input cannot answer the screen after it.
      sessions.delete(id);
      const menuStep = handleInput(session.screen, input, getFeatures(connection));
      if ("screen" in menuStep) return enterScreen(connection, menuStep.screen);
      return enterScreen(connection, screenAfter(await runAction(connection, menuStep.action)));
    },
  };
}

function findLargestSource(sessions: readonly Session[]): string | undefined {
  const counts = new Map<string, number>();
  for (const { source } of sessions) counts.set(source, (counts.get(source) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
}

const getFeatures = ({ rail }: HandsetConnection): MenuFeatures => ({
  paysMerchants: canPayMerchants(rail.market),
});

function getLocale(connection: HandsetConnection): MenuLocale {
  const { market } = connection.rail;
  return {
    ussd: getMarketWords(connection.words.language, market).ussd,
    features: getFeatures(connection),
    moneyPrefix: getMoneyPrefix(market),
    timeZone: markets[market].timeZone,
  };
}

async function runAction(
  { handsets, msisdn }: HandsetConnection,
  action: MenuAction,
): Promise<MenuActionResult> {
  if (action.type === "cancel") {
    const { mandate } = action;
    const result = await handsets.cancelMandate(msisdn, action.pin, mandate.id);
    if (result.outcome === "accepted") return { outcome: "cancelled", mandate };
    return result.outcome === "mandate_unknown" ? { outcome: "ended_already", mandate } : result;
  }
  if (action.type === "change_pin") {
    const result = await handsets.changePin(msisdn, action.oldPin, action.newPin);
    return result.outcome === "accepted" ? { outcome: "pin_changed" } : result;
  }
  if (action.type === "blocked") {
    const result = await handsets.listBlocked(msisdn, action.pin);
    return result.outcome === "accepted" ? { ...result, outcome: "blocked_list" } : result;
  }
  if (action.type === "change_block") {
    const { pin, change } = action;
    const result = await handsets.changeBlock(msisdn, pin, change);
    return result.outcome === "accepted"
      ? { outcome: change.blocked ? "blocked" : "unblocked", organisation: result.organisation }
      : result;
  }
  if (action.type === "find_merchant") {
    const { payment } = action;
    const merchant = await handsets.findMerchant(payment.shortcode, payment.purpose);
    return merchant === null ? { outcome: "merchant_unknown" } : { outcome: "merchant", merchant, payment };
  }
  if (action.type === "pay") {
    const { pin, payment, merchant } = action;
    const result = await handsets.payMerchant(msisdn, pin, payment);
    return result.outcome === "accepted"
      ? { outcome: "payment", result: result.payment, payment, merchant }
      : result;
  }
  if (action.type === "balance") {
    const result = await handsets.getBalance(msisdn, action.pin);
    return result.outcome === "accepted" ? { ...result, outcome: "balance" } : result;
  }
  if (action.type === "last_payments") {
    const result = await handsets.listRecentPayments(msisdn, action.pin);
    return result.outcome === "accepted" ? { ...result, outcome: "last_payments" } : result;
  }
  const result = await handsets.listMandates(msisdn, action.pin);
  return result.outcome === "accepted" ? { ...result, outcome: "mandates" } : result;
}
