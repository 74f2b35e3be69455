/** Reads `sandbox.json`: the connection data that clients and tests need. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { DarajaInfo, IpgV1Info, SandboxInfo, SoapInfo } from "./generated.ts";
import { SandboxError } from "./sandbox-error.ts";

export interface SandboxJson {
  readonly gateway: string;
  readonly control: { readonly url: string; readonly token: string };
  readonly openapi: Omit<SandboxInfo, "daraja" | "ipgV1" | "soap">;
  readonly daraja: DarajaInfo;
  readonly ipgV1: IpgV1Info;
  readonly soap: SoapInfo;
}

/** The server writes the file when it is ready, and removes it when it stops. */
export const sandboxJsonPath = (dataDir: string): string => join(dataDir, "sandbox.json");

export function readSandboxJson(dataDir: string): SandboxJson {
  try {
    return JSON.parse(readFileSync(sandboxJsonPath(dataDir), "utf8")) as SandboxJson;
  } catch (cause) {
    throw new SandboxError(`No server is running on the data folder ${dataDir}. Start one first.`, { cause });
  }
}
