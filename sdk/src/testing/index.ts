/**
 * `@pesarail/sdk/testing`: a sandbox for a test file.
 *
 * It starts the server of the package `pesarail` on its own data folder, creates clients and customers, answers on
 * handsets, moves the clock, and stops the server. docs/testing.md has examples for node:test, Vitest and Jest.
 */
export { connectSandbox, startSandbox, type Sandbox, type SandboxOptions } from "./sandbox.ts";
export type { SandboxInfo, MarketInfo } from "./sandbox-json.ts";
export type { Application, ApplicationOptions, ClientOverrides, ProductSettings } from "./applications.ts";
export type { Clock, ClockReading, SdkClockAdvance, SdkClockEvent } from "./clock.ts";
export type { Attempt, Deliveries, Delivery, DeliveryFilter, DeliveryWithAttempt } from "./deliveries.ts";
export type { PromptBehaviour, Customer, CustomerOptions } from "./customers.ts";
export type { HandsetReplyResult, Handset, HandsetMessage, HandsetPrompt } from "./handsets.ts";
export type { Snapshot, Snapshots } from "./snapshots.ts";
export { SandboxError } from "./sandbox-error.ts";
