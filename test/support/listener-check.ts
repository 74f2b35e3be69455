/** Runs of `check-listener` against a merchant's server of the tests. */
import { Webhook } from "standardwebhooks";
import { fixedLookup } from "../../src/listener-check/address-policy.ts";
import type { Hook } from "../../src/listener-check/merchant-hooks.ts";
import type { Report } from "../../src/listener-check/run-checks.ts";
import { measureParallelism } from "../../src/listener-check/parallelism.ts";
import { createSeededRandom, newSeed } from "../../src/listener-check/seeded-random.ts";
import { defaultTimeouts, type CheckSettings, type Timeouts } from "../../src/listener-check/settings.ts";
import { defaultProtocol } from "../../src/protocols/registry.ts";
import type { MerchantServer } from "./merchant-server.ts";

export const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
export const addresses = [{ address: "127.0.0.1", family: 4 }];

/** Timeouts as short as the slowest case allows: the listeners run on this machine. */
export const shortTimeouts: Timeouts = {
  ...defaultTimeouts,
  recordsMs: 400,
  stableMs: 60,
  slowNetworkMs: 1500,
  restartMs: 200,
};

const checks = await defaultProtocol.loadListenerChecks();

export function settingsFor(merchant: MerchantServer, change: Partial<CheckSettings> = {}): CheckSettings {
  const createHook = (name: string): Hook => ({
    option: `--${name}-url`,
    kind: "url",
    value: `${merchant.url}/${name}${name === "state" ? "/{reference}" : ""}`,
  });
  return {
    url: `${merchant.url}/callback`,
    validationUrl: null,
    market: "vodacomTZN",
    checks,
    calls: ["c2bSingle"],
    random: createSeededRandom(newSeed()),
    webhook: new Webhook(secret),
    secret,
    hooks: {
      state: createHook("state"),
      begin: createHook("begin"),
      query: createHook("query"),
      giveUp: createHook("give-up"),
      break: createHook("break"),
      fix: createHook("mend"),
    },
    sandbox: null,
    batchSize: 12,
    timeouts: shortTimeouts,
    measureParallelism,
    lookup: fixedLookup(addresses),
    addresses,
    signal: new AbortController().signal,
    ...change,
  };
}

export const listByVerdict = ({ outcomes }: Report, ...verdicts: string[]): string[] =>
  outcomes.filter(({ verdict }) => verdicts.includes(verdict)).map(({ name }) => name);

export const describeFailures = (report: Report): string =>
  report.outcomes
    .filter(({ verdict }) => verdict !== "passed")
    .map(({ name, verdict, message: explanation }) => `${name} ${verdict}: ${explanation}`)
    .join("\n");
