/**
 * Sessions of the USSD menu: who is where in it, and the errands that its screens ask for.
 *
 * They are kept in this server's memory, as a network keeps them in its own: whoever waits too long, or comes
 * back to another server, dials again. PINs are in them for as long as the screens need them, and nowhere else.
 */
import { randomBytes } from "node:crypto";
import { msPerSecond } from "../../core/clock.ts";
import type { HandsetService } from "../../handset/handset-api.ts";
import { markets, type RailName, type Rail } from "../../core/money.ts";
import {
  screenAfter,
  dialCode,
  handleInput,
  noConnectionText,
  renderScreen,
  type MenuAction,
  type MenuLocale,
  type MenuActionResult,
  type Screen,
  type RenderedScreen,
} from "./ussd-menu.ts";

/** Wall time without an input after which the network hangs up. */
const idleTimeoutMs = 120 * msPerSecond;
/** More are never open: the one that has waited longest is hung up on. */
const maxSessions = 2000;

export type UssdResponse = RenderedScreen & {
  /** To be sent with the input that this screen asks for; null when the session is over. */
  readonly session: string | null;
};

export interface HandsetConnection {
  readonly rail: Rail;
  readonly msisdn: string;
  readonly handsets: HandsetService;
}

export interface UssdSessions {
  /** Whether the input that comes next in this session is a PIN. */
  expectsPin(session: string): boolean;
  dial(connection: HandsetConnection, code: string): Promise<UssdResponse>;
  sendInput(connection: HandsetConnection, session: string, input: string): Promise<UssdResponse>;
}

interface Session {
  readonly rail: RailName;
  readonly msisdn: string;
  readonly screen: Screen;
  readonly lastInputAt: number;
}

const timedOutResponse: UssdResponse = {
  session: null,
  text: "The session has timed out. Dial again.",
  reply: null,
};
const noConnectionResponse: UssdResponse = { session: null, text: noConnectionText, reply: null };

/** `now` is wall time: a clock that a test has frozen keeps no session alive. */
export function createUssdSessions(now: () => number = Date.now): UssdSessions {
  // In the order of their last inputs, since each input puts its session at the end.
  const sessions = new Map<string, Session>();

  function enterScreen({ rail, msisdn }: HandsetConnection, screen: Screen): UssdResponse {
    const rendered = renderScreen(screen);
    if (rendered.reply === null) return { ...rendered, session: null };
    const oldest = sessions.size >= maxSessions ? sessions.keys().next().value : undefined;
    if (oldest !== undefined) sessions.delete(oldest);
    const id = randomBytes(16).toString("base64url");
    sessions.set(id, { rail: rail.name, msisdn, screen, lastInputAt: now() });
    return { ...rendered, session: id };
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
      return session !== undefined && renderScreen(session.screen).reply === "pin";
    },
    async dial(connection, code) {
      deleteIdle();
      const state = await connection.handsets.getState(connection.msisdn);
      if (state?.signal !== "on") return noConnectionResponse;
      return enterScreen(connection, dialCode(code));
    },
    async sendInput(connection, id, input) {
      deleteIdle();
      const session = sessions.get(id);
      if (session?.rail !== connection.rail.name || session.msisdn !== connection.msisdn)
        return timedOutResponse;
      // Each screen has an id of its own, so that it takes one input: a second one would answer the screen after it.
      sessions.delete(id);
      const menuStep = handleInput(session.screen, input);
      if ("screen" in menuStep) return enterScreen(connection, menuStep.screen);
      return enterScreen(
        connection,
        screenAfter(await runAction(connection, menuStep.action), getLocale(connection)),
      );
    },
  };
}

function getLocale({ rail }: HandsetConnection): MenuLocale {
  const { currency, timeZone } = markets[rail.market];
  return { currency, timeZone };
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
