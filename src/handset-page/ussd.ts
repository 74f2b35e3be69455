/**
 * Sessions of the USSD menu: who is where in it, and the errands that its screens ask for.
 *
 * They are kept in this server's memory, as a network keeps them in its own: whoever waits too long, or comes
 * back to another server, dials again. PINs are in them for as long as the screens need them, and nowhere else.
 */
import { randomBytes } from "node:crypto";
import { second } from "../clock.ts";
import type { Phones } from "../handset/phone.ts";
import { markets, type RailName, type Rail } from "../money.ts";
import {
  after,
  dial,
  next,
  noConnection,
  shown,
  type Errand,
  type Place,
  type Result,
  type Screen,
  type Shown,
} from "./menu.ts";

/** Wall time without an input after which the network hangs up. */
const idleMs = 120 * second;
/** More are never open: the one that has waited longest is hung up on. */
const sessionsMax = 2000;

export type Reply = Shown & {
  /** To be sent with the input that this screen asks for; null when the session is over. */
  readonly session: string | null;
};

export interface Line {
  readonly rail: Rail;
  readonly msisdn: string;
  readonly phones: Phones;
}

export interface UssdSessions {
  /** Whether the input that comes next in this session is a PIN. */
  asksForPin(session: string): boolean;
  dial(line: Line, code: string): Promise<Reply>;
  reply(line: Line, session: string, input: string): Promise<Reply>;
}

interface Session {
  readonly rail: RailName;
  readonly msisdn: string;
  readonly screen: Screen;
  readonly at: number;
}

const timedOut: Reply = { session: null, text: "The session has timed out. Dial again.", reply: null };
const unconnected: Reply = { session: null, text: noConnection, reply: null };

/** `now` is wall time: a clock that a test has frozen keeps no session alive. */
export function openUssd(now: () => number = Date.now): UssdSessions {
  // In the order of their last inputs, since each input puts its session at the end.
  const sessions = new Map<string, Session>();

  function put({ rail, msisdn }: Line, screen: Screen): Reply {
    const told = shown(screen);
    if (told.reply === null) return { ...told, session: null };
    const oldest = sessions.size >= sessionsMax ? sessions.keys().next().value : undefined;
    if (oldest !== undefined) sessions.delete(oldest);
    const id = randomBytes(16).toString("base64url");
    sessions.set(id, { rail: rail.name, msisdn, screen, at: now() });
    return { ...told, session: id };
  }

  function forgetIdle(): void {
    for (const [id, { at }] of sessions) {
      if (now() - at <= idleMs) return;
      sessions.delete(id);
    }
  }

  return {
    asksForPin(id) {
      const session = sessions.get(id);
      return session !== undefined && shown(session.screen).reply === "pin";
    },
    async dial(line, code) {
      forgetIdle();
      const state = await line.phones.state(line.msisdn);
      if (state?.signal !== "on") return unconnected;
      return put(line, dial(code));
    },
    async reply(line, id, input) {
      forgetIdle();
      const session = sessions.get(id);
      if (session?.rail !== line.rail.name || session.msisdn !== line.msisdn) return timedOut;
      // Each screen has an id of its own, so that it takes one input: a second one would answer the screen after it.
      sessions.delete(id);
      const followed = next(session.screen, input);
      if ("screen" in followed) return put(line, followed.screen);
      return put(line, after(await run(line, followed.errand), placeOf(line)));
    },
  };
}

function placeOf({ rail }: Line): Place {
  const { currency, timeZone } = markets[rail.market];
  return { currency, timeZone };
}

async function run({ phones, msisdn }: Line, errand: Errand): Promise<Result> {
  if (errand.does === "cancel") {
    const { mandate } = errand;
    const told = await phones.cancelMandate(msisdn, errand.pin, mandate.id);
    if (told.outcome === "accepted") return { outcome: "cancelled", mandate };
    return told.outcome === "mandate_unknown" ? { outcome: "ended_already", mandate } : told;
  }
  if (errand.does === "change_pin") {
    const told = await phones.changePin(msisdn, errand.oldPin, errand.newPin);
    return told.outcome === "accepted" ? { outcome: "pin_changed" } : told;
  }
  if (errand.does === "balance") {
    const told = await phones.balance(msisdn, errand.pin);
    return told.outcome === "accepted" ? { ...told, outcome: "balance" } : told;
  }
  if (errand.does === "last_payments") {
    const told = await phones.lastPayments(msisdn, errand.pin);
    return told.outcome === "accepted" ? { ...told, outcome: "last_payments" } : told;
  }
  const told = await phones.mandates(msisdn, errand.pin);
  return told.outcome === "accepted" ? { ...told, outcome: "mandates" } : told;
}
