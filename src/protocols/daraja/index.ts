/** Daraja as an implementation of the `Protocol` contract. */
import { standardRetryDelaysMs } from "../../callbacks/schedule.ts";
import type { CallbackRules } from "../../callbacks/notification.ts";
import { defaultOverlapMs } from "../../core/credential-overlap.ts";
import { environments, type Environment } from "../../core/markets.ts";
import type { Protocol, ProtocolDeps, RunningProtocol } from "../protocol.ts";
import { createDarajaValidation } from "./c2b-validation.ts";
import { darajaApiSpec } from "./api-spec.ts";
import type { DarajaDeps } from "./daraja-deps.ts";
import { registerCertificate } from "./certificate-route.ts";
import { createDistinctIds } from "./distinct-ids.ts";
import { requestFaults } from "./fault-kinds.ts";
import { findDarajaPayment } from "./find-payment.ts";
import { pathPrefixes, renderUnmatchedRequest } from "./find-route.ts";
import { createG2Identifiers, type G2Identifiers } from "../g2/identifiers.ts";
import {
  consumerKeyKind,
  consumerSecretKind,
  darajaMarket,
  notificationKinds,
  protocolName,
} from "./names.ts";
import { namedScenarios } from "./named-scenarios.ts";
import { createDarajaRenderer, owedNotifications } from "./notifications.ts";
import { operationInfos } from "./operations.ts";
import { productNames, products } from "./products.ts";
import { registerDarajaRoutes } from "./routes.ts";
import { describeSandbox } from "./sandbox-info.ts";
import { createCredentialDecryptor } from "../g2/security-credential.ts";
import type { DarajaSettings } from "./settings.ts";

const consumerKey = { protocol: protocolName, kind: consumerKeyKind };
const consumerSecret = { protocol: protocolName, kind: consumerSecretKind };

/** A biller must learn of a paid invoice: M-Pesa itself tries this notification five times. */
const invoiceAttempts = 5;

/** The delays of a schedule with this many attempts. */
const limitAttempts = (attempts: number): readonly number[] => standardRetryDelaysMs.slice(0, attempts - 1);

function getCallbackRules(environment: Environment, { callbackAttempts }: DarajaSettings): CallbackRules {
  const isSandbox = environment === "sandbox";
  const attempts = callbackAttempts ?? (isSandbox ? 1 : standardRetryDelaysMs.length + 1);
  return {
    httpsOnly: !isSandbox,
    ports: null,
    retryDelaysMs: limitAttempts(attempts),
    retryDelaysByKind: { invoice: limitAttempts(invoiceAttempts) },
  };
}

export const daraja: Protocol = {
  name: protocolName,
  title: "Daraja",
  markets: [darajaMarket],
  products: productNames.map((name) => ({ name, ...products[name] })),
  credentials: [consumerKey, consumerSecret],
  credentialOverlapMs: defaultOverlapMs,
  notificationKinds,
  // A second push while one is open is refused, as M-Pesa does ("Unable to lock subscriber").
  promptLimits: { perCustomer: 1, perCustomerAndApplication: 1 },
  needsParties: true,
  owedNotifications,
  createValidation: (settings) => createDarajaValidation(settings.daraja),
  callbackRules: (environment, settings) => getCallbackRules(environment, settings.daraja),
  createRenderer: (keys, settings) => createDarajaRenderer(keys, settings.daraja),
  pathPrefixes,
  renderUnmatchedRequest,
  findPaymentId: findDarajaPayment,
  requestFaults,
  operations: operationInfos,
  scenarios: namedScenarios,
  loadSandboxAccess: async () => (await import("./sandbox-access.ts")).sandboxAccess,
  loadListenerChecks: async () => (await import("./listener-checks/index.ts")).listenerChecks,
  loadSamples: async () => (await import("./samples/write-samples.ts")).samples,
  loadRequestConsole: async () => (await import("./request-console.ts")).requestConsole,
  loadFidelity: async () => (await import("./fidelity.ts")).fidelity,
  apiSpec: darajaApiSpec,
  create: createDaraja,
};

async function createDaraja(deps: ProtocolDeps): Promise<RunningProtocol> {
  const { keys, newId } = deps;
  const settings = deps.settings.daraja;
  const darajaDeps: DarajaDeps = {
    ...deps,
    settings,
    identifiers: Object.fromEntries(
      environments.map((environment) => [environment, createG2Identifiers(keys[environment].publicIds)]),
    ) as Record<Environment, G2Identifiers>,
    credentials: createCredentialDecryptor(keys, { lenient: settings.lenientCredentials }),
    distinctIds: createDistinctIds(newId),
  };
  const register = (environment: Environment) => (app: Parameters<RunningProtocol["register"]>[0]) => {
    registerDarajaRoutes(app, darajaDeps, environment);
    registerCertificate(app, keys[environment].initiatorCertificate);
  };
  return {
    register: register("sandbox"),
    registerLive: register("live"),
    sandboxInfo: describeSandbox({
      consumerKey: await deps.sandboxSecret(consumerKey),
      consumerSecret: await deps.sandboxSecret(consumerSecret),
      initiatorPassword: await deps.sandboxInitiatorPassword(),
      certificate: keys.sandbox.initiatorCertificate,
    }),
    close: () => Promise.resolve(),
  };
}
