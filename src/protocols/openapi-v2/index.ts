/** M-Pesa OpenAPI v2 as an implementation of the `Protocol` contract. */
import { standardRetryDelaysMs } from "../../callbacks/schedule.ts";
import type { CallbackRules } from "../../callbacks/notification.ts";
import { defaultOverlapMs } from "../../core/credential-overlap.ts";
import { environments, markets, type Environment } from "../../core/markets.ts";
import { handsetCustomers, organisations, seedCustomers } from "../../sandbox/seed-data.ts";
import type { Protocol, ProtocolDeps, RenderKeys, RunningProtocol } from "../protocol.ts";
import { openapiV2ApiSpec } from "./api-spec.ts";
import { authenticationFailures, createAuthenticator } from "./authentication/authenticate.ts";
import { createCallbackRenderer } from "./callback-payload.ts";
import type { GatewayDeps } from "./gateway-deps.ts";
import { createIdentifiers } from "./identifiers.ts";
import { namedScenarios } from "./named-scenarios.ts";
import { openapiV2Markets } from "./markets.ts";
import { createMsisdnTokens } from "./msisdn-tokens.ts";
import { pathPrefixes, renderUnmatchedRequest } from "./find-route.ts";
import { apiKeyKind, protocolName, resultKind } from "./names.ts";
import type { IdCodecs } from "./operation.ts";
import { operationInfos } from "./operations.ts";
import { productNames, products } from "./products.ts";
import { registerRoutes } from "./routes.ts";

const apiKey = { protocol: protocolName, kind: apiKeyKind };

/** In live, the developer portal accepts only https response URLs on these ports. A sandbox accepts any URL. */
const callbackRules: Readonly<Record<Environment, CallbackRules>> = {
  sandbox: { httpsOnly: false, ports: null, retryDelaysMs: standardRetryDelaysMs },
  live: { httpsOnly: true, ports: { from: 11_000, until: 19_000 }, retryDelaysMs: standardRetryDelaysMs },
};

export const openapiV2: Protocol = {
  name: protocolName,
  title: "OpenAPI v2",
  markets: openapiV2Markets,
  products: productNames.map((name) => ({ name, ...products[name] })),
  credentials: [apiKey],
  credentialOverlapMs: defaultOverlapMs,
  notificationKinds: { [resultKind]: "Receives the result of each call that has no response URL." },
  promptLimits: "settings",
  /** A call owes one notification to its response URL: when it has its outcome, or when its money is held. */
  owedNotifications: ({ endpoints }) => {
    const endpoint = endpoints[resultKind];
    return endpoint === undefined ? [] : [{ kind: resultKind, endpoint }];
  },
  callbackRules: (environment) => callbackRules[environment],
  createRenderer: (keys) => createCallbackRenderer(createCodecs(keys)),
  pathPrefixes,
  renderUnmatchedRequest,
  operations: operationInfos,
  scenarios: namedScenarios,
  loadSandboxAccess: async () => (await import("./sandbox-access.ts")).sandboxAccess,
  loadListenerChecks: async () => (await import("./listener-checks/index.ts")).listenerChecks,
  loadSamples: async () => (await import("./samples/write-samples.ts")).samples,
  loadRequestConsole: async () => (await import("./request-console.ts")).requestConsole,
  loadFidelity: async () => (await import("./fidelity.ts")).fidelity,
  apiSpec: () => openapiV2ApiSpec(Object.values(authenticationFailures)),
  create: createGateway,
};

const createCodecs = (keys: Readonly<Record<Environment, RenderKeys>>): Record<Environment, IdCodecs> => {
  const [sandbox, live] = environments.map((environment) => ({
    identifiers: createIdentifiers(keys[environment].publicIds),
    tokens: createMsisdnTokens(keys[environment].tokenKey),
  })) as [IdCodecs, IdCodecs];
  return { sandbox, live };
};

async function createGateway(deps: ProtocolDeps): Promise<RunningProtocol> {
  const { keys, bearers, applications, clocks, activationDelayMs, issueAccessToken } = deps;
  const { sandbox, live } = createCodecs(keys);
  const gatewayDeps: GatewayDeps = {
    ...deps,
    identifiers: { sandbox: sandbox.identifiers, live: live.identifiers },
    tokens: { sandbox: sandbox.tokens, live: live.tokens },
    authenticator: createAuthenticator({
      cache: applications,
      issueAccessToken,
      bearers,
      clocks,
      activationDelayMs,
    }),
  };
  return {
    register: (app) => registerRoutes(app, gatewayDeps),
    sandboxInfo: describeSandbox(await deps.sandboxSecret(apiKey), keys.sandbox.publicKey),
    close: () => Promise.resolve(),
  };
}

/** The addresses and keys that a client needs for its first call in the sandbox. */
function describeSandbox(sandboxApiKey: string, publicKey: string): object {
  const [provider, receiver] = organisations;
  return {
    apiKey: sandboxApiKey,
    publicKey,
    serviceProviderCode: provider.shortcode,
    receiverPartyCode: receiver.shortcode,
    markets: Object.fromEntries(
      openapiV2Markets.map((market) => {
        const { country, currency } = markets[market];
        const customers = seedCustomers(market).map(({ msisdn }) => msisdn);
        const handsets = handsetCustomers(market).map(({ msisdn, pin }) => ({ msisdn, pin }));
        return [market, { country, currency, customers, handsets }];
      }),
    ),
  };
}
