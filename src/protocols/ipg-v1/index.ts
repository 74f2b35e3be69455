/** IPG v1, Mozambique's first API, as an implementation of the `Protocol` contract. */
import type { CallbackRules } from "../../callbacks/notification.ts";
import { standardRetryDelaysMs } from "../../callbacks/schedule.ts";
import { environments, type Environment } from "../../core/markets.ts";
import type { Protocol, ProtocolDeps, RenderKeys, RunningProtocol } from "../protocol.ts";
import { ipgV1ApiSpec } from "./api-spec.ts";
import { createIpgV1Authenticator } from "./authentication/authenticate.ts";
import { createIpgV1Renderer } from "./callback-payload.ts";
import { requestFaults } from "./fault-kinds.ts";
import { pathPrefixes, renderUnmatchedRequest } from "./find-route.ts";
import type { IpgV1Deps } from "./gateway-deps.ts";
import { createIpgV1Identifiers, type IpgV1Identifiers } from "./identifiers.ts";
import { apiKeyKind, ipgV1Market, protocolName, resultKind, toUsageSession } from "./names.ts";
import { namedScenarios } from "./named-scenarios.ts";
import { operationInfos } from "./operations.ts";
import { productNames, products } from "./products.ts";
import { registerIpgV1Routes } from "./routes.ts";
import { describeSandbox } from "./sandbox-info.ts";
import { listenerNames, portSettings } from "./settings.ts";

const apiKey = { protocol: protocolName, kind: apiKeyKind };

/** In live, the portal accepts only https URLs on these ports. A sandbox accepts any URL. */
const callbackRules: Readonly<Record<Environment, CallbackRules>> = {
  sandbox: { httpsOnly: false, ports: null, retryDelaysMs: standardRetryDelaysMs },
  live: { httpsOnly: true, ports: { from: 11_000, until: 19_000 }, retryDelaysMs: standardRetryDelaysMs },
};

export const ipgV1: Protocol = {
  name: protocolName,
  title: "IPG v1",
  markets: [ipgV1Market],
  products: productNames.map((name) => ({ name, ...products[name] })),
  credentials: [apiKey],
  // M-Pesa's portal ends the old key at once.
  credentialOverlapMs: 0,
  notificationKinds: { [resultKind]: "Receives the result of each call, which is then asynchronous." },
  toUsageSession,
  promptLimits: "settings",
  /** A call owes one notification to the response URL of its application. */
  owedNotifications: ({ endpoints }) => {
    const endpoint = endpoints[resultKind];
    return endpoint === undefined ? [] : [{ kind: resultKind, endpoint }];
  },
  callbackRules: (environment) => callbackRules[environment],
  createRenderer: (keys) => createIpgV1Renderer(createIdentifiers(keys)),
  pathPrefixes,
  renderUnmatchedRequest,
  requestFaults,
  operations: operationInfos,
  scenarios: namedScenarios,
  loadSandboxAccess: async () => (await import("./sandbox-access.ts")).sandboxAccess,
  loadListenerChecks: async () => (await import("./listener-checks/index.ts")).listenerChecks,
  loadSamples: async () => (await import("./samples/write-samples.ts")).samples,
  loadFidelity: async () => (await import("./fidelity.ts")).fidelity,
  apiSpec: ipgV1ApiSpec,
  create: createIpgV1,
};

const createIdentifiers = (
  keys: Readonly<Record<Environment, RenderKeys>>,
): Record<Environment, IpgV1Identifiers> => {
  const [sandbox, live] = environments.map((environment) =>
    createIpgV1Identifiers(keys[environment].publicIds),
  ) as [IpgV1Identifiers, IpgV1Identifiers];
  return { sandbox, live };
};

async function createIpgV1(deps: ProtocolDeps): Promise<RunningProtocol> {
  const { keys, bearers, clocks } = deps;
  const settings = deps.settings.ipgV1;
  const ipgDeps: IpgV1Deps = {
    ...deps,
    settings,
    identifiers: createIdentifiers(keys),
    authenticator: createIpgV1Authenticator({
      cache: deps.applications,
      bearers,
      // Live runs on wall time.
      wallTime: clocks.live,
    }),
  };
  return {
    register: (app) => registerIpgV1Routes(app, ipgDeps, { environment: "sandbox", ownPorts: null }),
    ownListeners: {
      environment: settings.environment,
      ports: listenerNames.map((name) => ({ name, setting: portSettings[name], port: settings.ports[name] })),
      register: (app, getPorts) =>
        registerIpgV1Routes(app, ipgDeps, {
          environment: settings.environment,
          ownPorts: getPorts,
        }),
    },
    sandboxInfo: describeSandbox(await deps.sandboxSecret(apiKey), keys.sandbox.publicKey),
    close: () => Promise.resolve(),
  };
}
