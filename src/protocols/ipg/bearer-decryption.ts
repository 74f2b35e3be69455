/**
 * Bearers: keys that clients send encrypted to an environment's public key (RSA PKCS#1 v1.5).
 *
 * Decryption takes 1.5 ms of CPU time, so it runs in worker threads and never on the event loop. Wrong padding is no
 * error: OpenSSL returns random bytes instead (implicit rejection), which match no key. So a forged ciphertext and an
 * unknown key have the same result and the same duration.
 */
import type { KeyObject } from "node:crypto";
import { availableParallelism } from "node:os";
import { extname } from "node:path";
import { Piscina } from "piscina";
import type { Environment } from "../../core/markets.ts";
import { msPerSecond } from "../../core/clock.ts";
import { createDecryptionQueue, type BearerSender } from "./decryption-queue.ts";

/** The length of an RSA-4096 ciphertext, in bytes. */
export const bearerBytes = 512;

/** Tasks of one worker. When all cores are busy, the event loop is slow to hand over new ones. */
const tasksPerWorker = 16;
const queueLimits = { maxQueued: 4096, maxQueuedPerSource: 2048, maxWaitMs: 10 * msPerSecond } as const;

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
  decrypt(environment: Environment, ciphertext: Buffer, sender: BearerSender): Promise<string>;
  /** Records whether the sender's bearer was valid: senders of valid ones are served first. */
  recordValidity(sender: BearerSender, isValid: boolean): void;
  /** Whether no bearer is waiting. */
  isIdle(): boolean;
  close(): Promise<void>;
}

export function createBearerDecryptor(
  secrets: Readonly<Record<Environment, { readonly privateKey: KeyObject }>>,
): BearerDecryptor {
  const pem = (environment: Environment): string =>
    secrets[environment].privateKey.export({ format: "pem", type: "pkcs8" });
  const workerCount = availableParallelism();
  const pool = new Piscina<BearerTask, string>({
    filename: new URL(`./decrypt-worker${ownExtension}`, import.meta.url).href,
    workerData: { sandbox: pem("sandbox"), live: pem("live") },
    minThreads: 1,
    maxThreads: workerCount,
    idleTimeout: Infinity,
    concurrentTasksPerWorker: tasksPerWorker,
  });
  const queue = createDecryptionQueue<BearerTask, string>({
    run: (task) => pool.run(task),
    maxRunning: workerCount * tasksPerWorker,
    ...queueLimits,
  });
  return {
    decrypt: (environment, ciphertext, sender) =>
      queue.add({ environment, ciphertext }, environment + ciphertext.toString("latin1"), sender),
    recordValidity: (sender, isValid) => queue.recordValidity(sender, isValid),
    isIdle: () => queue.isIdle(),
    close() {
      queue.close();
      return pool.close({ force: true });
    },
  };
}
