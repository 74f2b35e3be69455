/** The SOAP Broker as an implementation of the `Protocol` contract. */
import type { FastifyInstance } from "fastify";
import { standardRetryDelaysMs } from "../../callbacks/schedule.ts";
import type { CallbackRules } from "../../callbacks/notification.ts";
import { defaultOverlapMs } from "../../core/credential-overlap.ts";
import { environments, type Environment } from "../../core/markets.ts";
import { createG2Identifiers, type G2Identifiers } from "../g2/identifiers.ts";
import { createCredentialDecryptor } from "../g2/security-credential.ts";
import type { Protocol, ProtocolDeps, RunningProtocol } from "../protocol.ts";
import { soapApiSpec } from "./api-spec.ts";
import { soapValidation } from "./c2b-messages.ts";
import { findSoapPayment } from "./find-payment.ts";
import { pathPrefixes, renderUnmatchedRequest } from "./find-route.ts";
import { formatMerchantId, lnmoPasskey } from "./lnmo/merchant.ts";
import { lnmoNotificationKinds } from "./lnmo/names.ts";
import { isLnmoPayment, owedLnmoNotifications, renderLnmoNotification } from "./lnmo/notifications.ts";
import { registerLnmoRoutes } from "./lnmo/routes.ts";
import { describeLnmoSandbox } from "./lnmo/sandbox-info.ts";
import { notificationKinds, protocolName, soapMarket } from "./names.ts";
import { namedScenarios } from "./named-scenarios.ts";
import { createSoapRenderer, owedNotifications } from "./notifications.ts";
import { operationInfos } from "./operations.ts";
import { productNames, products } from "./products.ts";
import { requestFaults } from "./request-faults.ts";
import { registerSoapRoutes } from "./routes.ts";
import { describeSandbox } from "./sandbox-info.ts";
import {
  credentialTypes,
  getPublicNames,
  passwordKey,
  passwordVector,
  spPassword,
} from "./service-provider.ts";
import type { SoapSettings } from "./settings.ts";
import type { SoapDeps } from "./soap-deps.ts";

function getCallbackRules(environment: Environment, { callbackAttempts }: SoapSettings): CallbackRules {
  const isSandbox = environment === "sandbox";
  const attempts = callbackAttempts ?? (isSandbox ? 1 : standardRetryDelaysMs.length + 1);
  return {
    httpsOnly: !isSandbox,
    ports: null,
    retryDelaysMs: standardRetryDelaysMs.slice(0, attempts - 1),
  };
}

export const soap: Protocol = {
  name: protocolName,
  title: "SOAP Broker",
  markets: [soapMarket],
  products: productNames.map((name) => ({ name, ...products[name] })),
  credentials: [...credentialTypes, lnmoPasskey],
  credentialOverlapMs: defaultOverlapMs,
  getPublicNames: (applicationId) => ({
    ...getPublicNames(applicationId),
    merchantId: formatMerchantId(applicationId),
  }),
  notificationKinds: { ...notificationKinds, ...lnmoNotificationKinds },
  // No command of the Broker sends a prompt. The checkout has the rule of STK pushes, which it was before.
  promptLimits: { perCustomer: 1, perCustomerAndApplication: 1 },
  needsParties: true,
  owedNotifications: (event) =>
    isLnmoPayment(event) ? owedLnmoNotifications(event) : owedNotifications(event),
  createValidation: () => soapValidation,
  callbackRules: (environment, settings) => getCallbackRules(environment, settings.soap),
  createRenderer(keys) {
    const render = createSoapRenderer(keys);
    return (notification) =>
      notification.payment !== null && isLnmoPayment(notification.payment)
        ? renderLnmoNotification(keys, notification)
        : render(notification);
  },
  pathPrefixes,
  renderUnmatchedRequest,
  findPaymentId: findSoapPayment,
  requestFaults,
  operations: operationInfos,
  scenarios: namedScenarios,
  loadSandboxAccess: async () => (await import("./sandbox-access.ts")).sandboxAccess,
  loadListenerChecks: async () => (await import("./listener-checks/index.ts")).listenerChecks,
  loadSamples: async () => (await import("./samples/write-samples.ts")).samples,
  loadFidelity: async () => (await import("./fidelity.ts")).fidelity,
  apiSpec: soapApiSpec,
  create: createSoap,
};

async function createSoap(deps: ProtocolDeps): Promise<RunningProtocol> {
  const { keys } = deps;
  const settings = deps.settings.soap;
  const soapDeps: SoapDeps = {
    ...deps,
    settings,
    identifiers: Object.fromEntries(
      environments.map((environment) => [environment, createG2Identifiers(keys[environment].publicIds)]),
    ) as Record<Environment, G2Identifiers>,
    credentials: createCredentialDecryptor(keys, { lenient: false }),
    certificates: {
      sandbox: keys.sandbox.initiatorCertificate,
      live: keys.live.initiatorCertificate,
    },
  };
  const password = await deps.sandboxSecret(spPassword);
  const passkey = await deps.sandboxSecret(lnmoPasskey);
  const applicationId = await deps.sandboxApplicationId();
  const register = (environment: Environment) => (app: FastifyInstance) => {
    registerLnmoRoutes(app, deps, environment);
    registerSoapRoutes(app, soapDeps, environment);
  };
  return {
    register: register("sandbox"),
    registerLive: register("live"),
    sandboxInfo: {
      ...describeSandbox({
        applicationId,
        spPassword: password,
        passwordKey: await deps.sandboxSecret(passwordKey),
        passwordVector: await deps.sandboxSecret(passwordVector),
        initiatorPassword: await deps.sandboxInitiatorPassword(),
        certificate: keys.sandbox.initiatorCertificate,
      }),
      lnmo: describeLnmoSandbox(applicationId, passkey),
    },
    close: () => Promise.resolve(),
  };
}
