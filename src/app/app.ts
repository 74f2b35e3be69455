/**
 * Builds the platform on its databases, in order: keys, rails, callbacks, protocols, routes.
 *
 * `main.ts` decides where the databases are and when to stop; a test can build an app on its own database, with
 * another clock. The protocols are those of `protocols/registry.ts`.
 */
import type { FastifyInstance } from "fastify";
import type { CallbackDispatcher } from "../callbacks/dispatcher.ts";
import { wallClock } from "../core/clock.ts";
import { createIdGenerator, type Id } from "../core/ids.ts";
import type { Rail } from "../core/rails.ts";
import { issueAccessToken } from "../developers/access-tokens.ts";
import { createApplicationCache } from "../developers/application-cache.ts";
import type { HandsetService } from "../handset/handset-api.ts";
import { ConnectionLimits } from "../http/connection-limits.ts";
import { createMetrics } from "../http/metrics.ts";
import type { Payments } from "../payments/payments.ts";
import type { ProtocolName } from "../protocols/protocol.ts";
import { queueQueryResult } from "../payments/query-results.ts";
import { createRequestFaults } from "../sandbox/request-faults.ts";
import { allocateServerNumber } from "../store/main/applications.ts";
import { getOrCreateControlToken } from "../vault/secrets.ts";
import { startBackgroundJobs } from "./background-jobs.ts";
import { createCallbacks } from "./callbacks.ts";
import type { AppOptions } from "./options.ts";
import { createProtocolCredentials } from "./protocol-credentials.ts";
import { createProtocols, owedNotifications } from "./protocols.ts";
import { loadKeys } from "./keys.ts";
import { createOrganisations } from "./organisations.ts";
import { createRails } from "./rails.ts";
import { registerBatchMetrics } from "./batch-metrics.ts";
import { createRequestLog, createRequestRecorder } from "./record-request.ts";
import { createHttpServer, createLiveServer, listOwnServers, type OwnServer } from "./routes.ts";
import { loadTariffs } from "./tariffs.ts";
import { createValidations } from "./validations.ts";

export interface App {
  readonly server: FastifyInstance;
  /** Builds the server of a protocol's live listener (`DARAJA_LIVE_PORT`, `SOAP_LIVE_PORT`). */
  createLiveServer(protocol: ProtocolName): FastifyInstance;
  /** The servers of the protocols that have listeners of their own. */
  listOwnServers(): readonly OwnServer[];
  readonly controlToken: string;
  /** The content of `sandbox.json` for each protocol. */
  readonly sandboxInfo: Readonly<Record<string, object>>;
  payments(rail: Rail): Payments;
  handsets(rail: Rail): HandsetService;
  callbacks(rail: Rail): CallbackDispatcher;
  readonly newId: () => Id;
  /** Completes running work, writes what is queued, and closes everything except the pools. */
  close(): Promise<void>;
}

export async function createApp(options: AppOptions): Promise<App> {
  const { config, stores, secretKey, clocks, log, wallTime = wallClock } = options;
  const { main } = stores;
  const newId = createIdGenerator(await allocateServerNumber(main), () => wallTime.now());
  const keys = await loadKeys(options);
  const publicIds = { sandbox: keys.sandbox.publicIds, live: keys.live.publicIds };
  const rails = await createRails({
    options,
    keys,
    newId,
    owedNotifications,
    tariffs: loadTariffs(config.tariffs),
  });
  const organisations = await createOrganisations({ main, secretKey, rails, keys, config });
  const metrics = createMetrics();
  registerBatchMetrics(metrics, rails.all);
  const requestLog = createRequestLog(options, keys, metrics);
  const callbacks = createCallbacks({ options, rails, keys, publicIds, newId, metrics });
  const validations = createValidations({ options, rails, callbacks, newId });
  const applications = createApplicationCache(main);
  applications.onInvalidate(() => callbacks.signer.clearCache());
  const running = await createProtocols(
    {
      newId,
      keys,
      clocks,
      applications,
      issueAccessToken: (request) => issueAccessToken(main, request),
      activationDelayMs: config.activationDelayMs,
      payments: (rail) => rails.payments(rail),
      organisations,
      ...createProtocolCredentials(main, secretKey, applications),
      settings: config,
      takeFault: createRequestFaults(main, applications.onInvalidate).take,
      queueQueryResult: (rail, result) => queueQueryResult(rails.payments(rail), result),
      synchronousWaitMs: config.synchronousWaitMs,
      recordRequest: createRequestRecorder({ requestLog, metrics, publicIds, log }),
    },
    callbacks,
  );
  const connectionLimits = new ConnectionLimits(config);
  const controlToken = await getOrCreateControlToken(main, secretKey);
  const keysAndIds = { keys, publicIds, newId, controlToken };
  const services = { rails, running, organisations, callbacks, validations, applications };
  const parts = { options, ...services, requestLog, metrics, connectionLimits, ...keysAndIds };
  const server = await createHttpServer(parts);
  const stopBackgroundJobs = startBackgroundJobs(options, rails.all, newId);
  return {
    server,
    createLiveServer: (protocol) => createLiveServer(parts, protocol),
    listOwnServers: () => listOwnServers(parts),
    controlToken,
    sandboxInfo: running.sandboxInfo,
    payments: (rail) => rails.payments(rail),
    handsets: (rail) => rails.get(rail).handsets.service,
    callbacks: (rail) => callbacks.forRail(rail),
    newId,
    async close() {
      await stopBackgroundJobs();
      await validations.close();
      await rails.close();
      await callbacks.close();
      await Promise.all([applications.close(), requestLog.close(), running.close()]);
    },
  };
}
