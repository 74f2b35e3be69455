/**
 * Bearers: keys that clients send encrypted to an environment's public key (RSA PKCS#1 v1.5).
 *
 * Decryption costs 1.5 ms of a core, so it runs in worker threads and never on the event loop. Wrong
 * padding does not fail: OpenSSL answers with random bytes instead (implicit rejection), which then are
 * nobody's key. So a forged ciphertext and an unknown key look and take the same.
 */
import { availableParallelism } from "node:os";
import { extname } from "node:path";
import { Piscina } from "piscina";
import type { Environment } from "../../../core/money.ts";
import type { ProtocolKeys } from "../../protocol.ts";

/** The length of what RSA-4096 encrypts to, in bytes. */
export const bearerBytes = 512;

/** More bearers than this are waiting to be decrypted: the caller should try again in a moment. */
export class BearerQueueFull extends Error {
  constructor() {
    super("too many bearers are waiting to be decrypted");
  }
}

const maxQueued = 4096;

/** `.ts` in the repository; `.js` in the published package, which is the same folders as JavaScript. */
const ownExtension = extname(import.meta.filename);

export interface BearerTask {
  readonly environment: Environment;
  readonly ciphertext: Uint8Array;
}

export interface BearerDecryptor {
  /**
   * Decrypts a bearer of 512 bytes. What comes back is only worth looking up: for a forged ciphertext it
   * is random. Throws `BearersBusy`.
   */
  decrypt(environment: Environment, ciphertext: Uint8Array): Promise<string>;
  close(): Promise<void>;
}

export function createBearerDecryptor(secrets: Readonly<Record<Environment, ProtocolKeys>>): BearerDecryptor {
  const pem = (environment: Environment): string =>
    secrets[environment].privateKey.export({ format: "pem", type: "pkcs8" });
  const pool = new Piscina<BearerTask, string>({
    filename: new URL(`./decrypt-worker${ownExtension}`, import.meta.url).href,
    workerData: { sandbox: pem("sandbox"), live: pem("live") },
    minThreads: 1,
    maxThreads: availableParallelism(),
    idleTimeout: Infinity,
    // Tasks behind the one in the worker's hands: busy workers leave the event loop little of the
    // machine, and should not have to wait for it.
    concurrentTasksPerWorker: 16,
    maxQueue: maxQueued,
  });
  return {
    async decrypt(environment, ciphertext) {
      if (pool.queueSize >= maxQueued) throw new BearerQueueFull();
      return pool.run({ environment, ciphertext });
    },
    close: () => pool.close({ force: true }),
  };
}
