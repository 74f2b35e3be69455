/**
 * The contract of a wire protocol: one folder, one export, one line in `registry.ts`.
 *
 * A protocol translates. It reads requests, calls `payments`, and renders responses and notifications; it never touches
 * a balance and runs no SQL. What it needs from outside is `ProtocolDeps`.
 */
import type { KeyObject } from "node:crypto";
import type { FastifyInstance } from "fastify";
import type { CallbackRules, NotificationRenderer } from "../callbacks/notification.ts";
import type { Clock } from "../core/clock.ts";
import type { Id, PublicIds } from "../core/ids.ts";
import type { Environment, Market } from "../core/markets.ts";
import type { Rail } from "../core/rails.ts";
import type { AccessTokenRequest } from "../developers/access-tokens.ts";
import type { ApplicationCache } from "../developers/application-cache.ts";
import type { CredentialChange } from "../developers/change-credential.ts";
import type { CredentialType } from "../developers/credentials.ts";
import type { SealedCredentials } from "../developers/sealed-credentials.ts";
import type { ApiSpecPart } from "../http/api-spec.ts";
import type { OrganisationDirectory } from "../organisations/organisation-directory.ts";
import type { PasskeyVerifier } from "../organisations/passkeys.ts";
import type { OwedNotifications } from "../payments/notifications.ts";
import type { PromptLimits } from "../payments/open-prompts.ts";
import type { Payments, RailContext } from "../payments/payments.ts";
import type { PaymentQueryResult } from "../payments/query-results.ts";
import type { DarajaSettings } from "./daraja/settings.ts";
import type { BearerDecryptor } from "./ipg/bearer-decryption.ts";
import type { IpgV1Settings } from "./ipg-v1/settings.ts";
import type { SoapSettings } from "./soap/settings.ts";
import type { ValidationFormat } from "../validations/validation-format.ts";
import type { FidelityRow } from "./fidelity.ts";
import type { ListenerChecks } from "./listener-checks.ts";
import type { RequestConsole } from "./request-console.ts";
import type { RequestLogEntry } from "./request-log.ts";
import type { SampleSource } from "./samples/sample-source.ts";
import type { SandboxAccess } from "./sandbox-client.ts";
import type { NamedScenario, OperationInfo } from "./scenario.ts";

/** The names of the protocols, as payments, notifications, credentials and log lines store them. */
export const protocolNames = ["openapi-v2", "ipg-v1", "daraja", "soap"] as const;

export type ProtocolName = (typeof protocolNames)[number];

export interface Protocol {
  readonly name: ProtocolName;
  /** Its name for people. */
  readonly title: string;
  /** The markets that it serves. A market may have several protocols. */
  readonly markets: readonly Market[];
  /** The products that an application can have enabled. Names are unique across protocols. */
  readonly products: readonly ProductInfo[];
  /** The secrets that an application presents; the first is issued with every application. */
  readonly credentials: readonly [CredentialType, ...CredentialType[]];
  /** How long a renewed secret stays valid if a request does not say it: milliseconds of wall time, 0 to end it at once. */
  readonly credentialOverlapMs: number;
  /** What an application is called in the protocol, such as the id of a service provider, by the name of the value. */
  getPublicNames?(applicationId: bigint): Readonly<Record<string, string>>;
  /** What limits count the payments of an application under, if the protocol has no sessions. */
  toUsageSession?(applicationId: bigint): string;
  /** How many prompts its callers may leave open: a rule of its own, or that of the settings. */
  readonly promptLimits: PromptLimits | "settings";
  /** The notifications that a payment owes. Pure; called in the batch that records the outcome. */
  readonly owedNotifications: OwedNotifications;
  /** How it asks organisations whether they accept a payment that a customer started. Absent if it never asks. */
  createValidation?(settings: ProtocolSettings): ValidationFormat;
  /** The kinds of notification, each with a description of the application's URL for it. */
  readonly notificationKinds: Readonly<Record<string, string>>;
  /** The rules for callback URLs and for retries. */
  callbackRules(environment: Environment, settings: ProtocolSettings): CallbackRules;
  /** Renders notifications, for delivery and for people who look one up. */
  createRenderer(
    keys: Readonly<Record<Environment, RenderKeys>>,
    settings: ProtocolSettings,
  ): NotificationRenderer;
  /** Whether notifications name the parties of a payment. The default is false. */
  readonly needsParties?: boolean;
  /** The beginnings of its paths, in lower case and without a slash at the end. */
  readonly pathPrefixes: readonly string[];
  /** The response to a request below them that matches no call, in the protocol's own form. */
  renderUnmatchedRequest(request: UnmatchedRequest): RenderedResponse;
  /** The payment or request that one of the protocol's own ids names. Absent if it has no ids of its own. */
  findPaymentId?(context: RailContext, name: string): Promise<Id | null>;
  /** How requests can fail in the sandbox because a test asks for it (`/control/v1/…/faults`). Names are unique. */
  readonly requestFaults?: readonly RequestFaultInfo[];
  /** The calls, in the order of the documentation. */
  readonly operations: readonly OperationInfo[];
  /** The sandbox's scenarios, in the order of `docs/scenarios.md`. */
  readonly scenarios: readonly NamedScenario[];
  // Only commands and generators use these. They are loaded when needed, so that they do not slow a server's start.
  loadSandboxAccess(): Promise<SandboxAccess>;
  loadListenerChecks(): Promise<ListenerChecks>;
  loadSamples(): Promise<SampleSource>;
  /** For the portal: requests that a person sends by hand. Absent if each request proves a secret that is stored as a hash. */
  loadRequestConsole?(): Promise<RequestConsole>;
  /** What the real service does, and what this server does. */
  loadFidelity(): Promise<readonly FidelityRow[]>;
  /** The protocol's part of `openapi.json`. */
  apiSpec(): ApiSpecPart;
  /** Builds the protocol for one server. */
  create(deps: ProtocolDeps): Promise<RunningProtocol>;
}

/** The settings of those protocols that have some. */
export interface ProtocolSettings {
  readonly daraja: DarajaSettings;
  readonly ipgV1: IpgV1Settings;
  readonly soap: SoapSettings;
}

/** A fault of the sandbox's responses. */
export interface RequestFaultInfo {
  readonly kind: string;
  readonly description: string;
}

/** A product that an application may have enabled. */
export interface ProductInfo {
  readonly name: string;
  readonly description: string;
  /** Whether it can have limits on value and count. Other products have only usage hours. */
  readonly limited: boolean;
}

/** The keys that convert ids and MSISDNs to their public form. */
export interface RenderKeys {
  readonly publicIds: PublicIds;
  /** For MSISDN tokens. */
  readonly tokenKey: Buffer;
}

/** The keys of one environment. */
export interface ProtocolKeys extends RenderKeys {
  readonly privateKey: KeyObject;
  /** SubjectPublicKeyInfo, DER, base64. */
  readonly publicKey: string;
  /** Decrypts what callers encrypt with `initiatorCertificate`. */
  readonly initiatorKey: KeyObject;
  /** PEM. */
  readonly initiatorCertificate: string;
}

export interface ProtocolDeps {
  readonly settings: ProtocolSettings;
  readonly newId: () => Id;
  readonly keys: Readonly<Record<Environment, ProtocolKeys>>;
  readonly clocks: Readonly<Record<Environment, Clock>>;
  readonly applications: ApplicationCache;
  /** Decrypts bearers: one queue and one pool of threads for all protocols that have them. */
  readonly bearers: BearerDecryptor;
  issueAccessToken(request: AccessTokenRequest): Promise<string>;
  /** How long after its issue an access token becomes active, in milliseconds. */
  readonly activationDelayMs: Readonly<Record<Environment, number>>;
  payments(rail: Rail): Payments;
  organisations(rail: Rail): OrganisationDirectory;
  /** The password of the sandbox's seeded API operators, for `sandbox.json`. */
  sandboxInitiatorPassword(): Promise<string>;
  readonly passkeys: PasskeyVerifier;
  /** The secrets of applications that digests are computed with. */
  readonly sealedCredentials: SealedCredentials;
  /** Replaces a secret of an application by one that it chose. The old one is inactive once it resolves; other servers know it within a second. */
  changeCredential(change: CredentialChange): Promise<void>;
  /** A sentence that says why callbacks may not go to this URL, or null if they may. */
  validateCallbackUrl(environment: Environment, url: string): string | null;
  /** A notification as it is sent; null if there is none of this id. A payment's first one has the payment's id. */
  readNotification(rail: Rail, id: Id): Promise<SentNotification | null>;
  /**
   * Stores the result of a query and queues its callback. Durable once it resolves. False if the reference that it claims
   * is taken: then it did nothing.
   */
  queueQueryResult(rail: Rail, result: PaymentQueryResult): Promise<boolean>;
  /**
   * Takes one of these faults of a market, if a test asked for one. Only for requests to the sandbox. Returns null without
   * a promise when there is surely none.
   */
  takeFault(market: Market, kinds: readonly string[]): Promise<string | null> | null;
  /** How long a synchronous caller waits for a customer, in milliseconds of wall time. */
  readonly synchronousWaitMs: number;
  recordRequest(entry: RequestLogEntry): void;
  /** The secret of the sandbox's seeded application, for `sandbox.json`. */
  sandboxSecret(type: CredentialType): Promise<string>;
  /** The id of that application, after its first secret was read. */
  sandboxApplicationId(): Promise<bigint>;
}

/** A notification with its URL. */
export interface SentNotification {
  readonly kind: string;
  readonly url: string;
  readonly body: string;
}

export interface RunningProtocol {
  /** Registers the protocol's routes on the main listener. */
  register(app: FastifyInstance): void;
  /** Registers its routes on a listener of its own for live, if its paths do not name the environment. */
  registerLive?(app: FastifyInstance): void;
  /** Listeners that serve only this protocol, in one environment. Absent if it has none. */
  readonly ownListeners?: OwnListeners;
  /** The protocol's section of `sandbox.json`: what a client needs to connect. */
  readonly sandboxInfo: object;
  close(): Promise<void>;
}

/** Listeners of a protocol's own, which speak HTTP and HTTPS on the same port. */
export interface OwnListeners {
  readonly environment: Environment;
  readonly ports: readonly OwnPort[];
  /** Registers the routes. `getPorts` returns the ports that are listened on, by name, once they are known. */
  register(app: FastifyInstance, getPorts: () => Readonly<Record<string, number>>): void;
}

export interface OwnPort {
  readonly name: string;
  /** The setting with the port, for messages. */
  readonly setting: string;
  /** Null if the listener is off; 0 for a free port. */
  readonly port: number | null;
}

/** A request below a protocol's paths that names no call, or a call by another method than its own. */
export interface UnmatchedRequest {
  readonly method: string;
  /** Path and query string, as sent. */
  readonly url: string;
}

/** A response that is ready to be sent. */
export interface RenderedResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}
