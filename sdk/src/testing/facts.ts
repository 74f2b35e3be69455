/** What `sandbox.json` says: everything that a client or a test needs to begin. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Market } from "../requests.ts";
import { SandboxError } from "./sandbox-error.ts";

export interface MarketFacts {
  readonly country: string;
  readonly currency: string;
  /** Residents with money, who approve whatever they are asked. */
  readonly customers: readonly string[];
  /** Residents who are asked on their handsets. */
  readonly handsets: readonly { readonly msisdn: string; readonly pin: string }[];
}

export interface SandboxFacts {
  /** The API key of the application that a fresh sandbox has; it may do everything for every organisation. */
  readonly apiKey: string;
  /** What keys are encrypted to: base64. */
  readonly publicKey: string;
  /** The organisation that the samples pay. */
  readonly serviceProviderCode: string;
  /** The organisation that it pays. */
  readonly receiverPartyCode: string;
  readonly markets: Readonly<Record<Market, MarketFacts>>;
}

export interface SandboxFile {
  readonly gateway: string;
  readonly control: { readonly url: string; readonly token: string };
  readonly openapi: SandboxFacts;
}

/** A server writes it at the moment it is ready, and removes it when it stops. */
export const sandboxFile = (dataDir: string): string => join(dataDir, "sandbox.json");

export function readSandboxFile(dataDir: string): SandboxFile {
  try {
    return JSON.parse(readFileSync(sandboxFile(dataDir), "utf8")) as SandboxFile;
  } catch (cause) {
    throw new SandboxError(`No server is running on the data folder ${dataDir}.`, { cause });
  }
}
