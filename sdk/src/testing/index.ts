/**
 * `@pesarail/sdk/testing`: a sandbox for a test file.
 *
 * It starts the server of the package `pesarail` on its own data folder, creates clients and customers, answers on
 * handsets, moves the clock, and stops the server. docs/testing.md has examples for node:test, Vitest and Jest.
 */
export { connectSandbox, startSandbox, type Sandbox, type SandboxOptions } from "./sandbox.ts";
export type {
  Application,
  ApplicationOptions,
  ClientOverrides,
  DarajaCredentials,
  DarajaOverrides,
  IpgV1Credentials,
  IpgV1Overrides,
} from "./applications.ts";
export type { Clock } from "./clock.ts";
export type { Deliveries, Delivery, DeliveryFilter } from "./deliveries.ts";
export type { FaultOptions, Faults } from "./faults.ts";
export type { SandboxMarket } from "./markets.ts";
export type { Customer, CustomerOptions } from "./customers.ts";
export type {
  Attempt,
  ClockReading,
  DarajaInfo,
  DeliveryDetails,
  DeliveryWithAttempt,
  Fault,
  FaultKind,
  HandsetMessage,
  HandsetPrompt,
  HandsetReplyResult,
  IpgV1Info,
  MarketInfo,
  ProductSettings,
  PromptBehaviour,
  SandboxInfo,
  SdkClockAdvance,
  SdkClockEvent,
  SoapInfo,
  Snapshot,
} from "./generated.ts";
export type { Handset } from "./handsets.ts";
export type { Snapshots } from "./snapshots.ts";
export { SandboxError } from "./sandbox-error.ts";
