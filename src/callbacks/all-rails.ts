/** Callbacks of every rail: what they share, built once. */
import { second, type Clock } from "../clock.ts";
import type { Id, WireNames } from "../ids.ts";
import type { Environment, Rail, RailName } from "../money.ts";
import type { AttemptRow } from "../store/delivery-attempts.ts";
import type { Sql } from "../store/connect.ts";
import { relayingApplications } from "../store/directory.ts";
import { urlRefusal, type OutboundRules } from "./addresses.ts";
import { openCallbacks, type Callbacks } from "./callbacks.ts";
import { openCaller } from "./call.ts";
import type { Renderers } from "./messages.ts";
import { openSigner, type SecretStore, type Signer } from "./signing.ts";

export interface AllCallbacksDeps {
  readonly rails: readonly { readonly rail: Rail; readonly sql: Sql }[];
  readonly secrets: SecretStore;
  readonly clocks: Readonly<Record<Environment, Clock>>;
  readonly wire: Readonly<Record<Environment, WireNames>>;
  readonly newId: () => Id;
  readonly renderers: Renderers;
  /** Whether the sandbox calls private, loopback and link-local addresses. */
  readonly sandboxPrivateListeners: boolean;
  readonly version: string;
  readonly onAttempt: (rail: Rail, attempt: AttemptRow) => void;
  readonly onTrouble: (rail: Rail, what: string, error: unknown) => void;
}

export interface AllCallbacks {
  on(rail: Rail): Callbacks;
  readonly signer: Signer;
  /** Why a response URL is not accepted, in a sentence, or null. */
  refusal(environment: Environment, protocol: string, url: string): string | null;
  close(): Promise<void>;
}

export const callbacksAgent = (version: string): string => `Pesarail/${version}`;

/** What goes wrong with a database goes wrong with every call: one line in so long is enough. */
const troubleEveryMs = 10 * second;

export function openAllCallbacks(deps: AllCallbacksDeps): AllCallbacks {
  const signer = openSigner(deps.secrets);
  const rules: Readonly<Record<Environment, OutboundRules>> = {
    sandbox: { environment: "sandbox", privateListeners: deps.sandboxPrivateListeners },
    live: { environment: "live", privateListeners: false },
  };
  const callers = {
    sandbox: openCaller({ rules: rules.sandbox }),
    live: openCaller({ rules: rules.live }),
  };
  const all = new Map<RailName, Callbacks>();
  for (const { rail, sql } of deps.rails) {
    const { environment } = rail;
    const callbacks = openCallbacks({
      rail,
      sql,
      clock: deps.clocks[environment],
      wire: deps.wire[environment],
      newId: deps.newId,
      renderers: deps.renderers,
      signer,
      caller: callers[environment],
      agent: callbacksAgent(deps.version),
      random: Math.random,
      relaying: (ids) => relayingApplications(deps.secrets.sql, ids),
      onAttempt: (attempt) => deps.onAttempt(rail, attempt),
      onTrouble: nowAndThen((what, error) => deps.onTrouble(rail, what, error)),
    });
    all.set(rail.name, callbacks);
  }
  return {
    on: (rail) => all.get(rail.name) as Callbacks,
    signer,
    refusal: (environment, protocol, url) => urlRefusal(rules[environment], protocol, url),
    async close() {
      await Promise.all([...all.values()].map((callbacks) => callbacks.close()));
      await Promise.all(Object.values(callers).map((caller) => caller.close()));
    },
  };
}

function nowAndThen(say: (what: string, error: unknown) => void): (what: string, error: unknown) => void {
  let saidAt = -Infinity;
  return (what, error) => {
    const now = performance.now();
    if (now - saidAt < troubleEveryMs) return;
    saidAt = now;
    say(what, error);
  };
}
