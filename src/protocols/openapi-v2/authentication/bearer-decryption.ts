/**
 * Bearers: keys that clients send encrypted to an environment's public key (RSA PKCS#1 v1.5).
 *
 * Decryption takes 1.5 ms of CPU time, so it runs in worker threads and never on the event loop. Wrong padding is no
 * error: OpenSSL returns random bytes instead (implicit rejection), which match no key. So a forged ciphertext and an
 * unknown key have the same result and the same duration.
 */
import { availableParallelism } from "node:os";
import { extname } from "node:path";
import { Piscina } from "piscina";
import type { Environment } from "../../../core/markets.ts";
import type { ProtocolKeys } from "../../protocol.ts";

/** The length of an RSA-4096 ciphertext, in bytes. */
export const bearerBytes = 512;

/** Too many bearers are waiting to be decrypted. The caller should retry a little later. */
export class BearerQueueFull extends Error {
  constructor() {
    super("too many bearers are waiting to be decrypted");
  }
}

const maxQueued = 4096;

/** `.ts` in the repository, `.js` in the published package. */
const ownExtension = extname(import.meta.filename);

export interface BearerTask {
  readonly environment: Environment;
  readonly ciphertext: Uint8Array;
}

export interface BearerDecryptor {
  /**
   * Decrypts a bearer of 512 bytes. The result is random for a forged ciphertext, so only use it to look up a key.
   * Throws `BearerQueueFull`.
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
    // Queue tasks at each worker: when all cores are busy, the event loop is slow to hand over new ones.
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
