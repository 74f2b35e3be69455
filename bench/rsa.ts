/**
 * Measures how many bearers per second this machine's cores can decrypt: RSA-4096, PKCS#1 v1.5 padding, one worker
 * thread per core.
 *
 * No server can be faster if each request has a new ciphertext, so the benchmark `fresh` is compared with this. Prints
 * one JSON line.
 */
import { constants, createPrivateKey, generateKeyPairSync, privateDecrypt, publicEncrypt } from "node:crypto";
import { once } from "node:events";
import { availableParallelism } from "node:os";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";

/** A worker's input. Every thread has the same key, as in a server. */
interface Task {
  privateKey: string;
  ciphertext: Uint8Array;
  seconds: number;
}

export interface RsaRate {
  readonly perSecond: number;
  readonly workers: number;
}

const padding = constants.RSA_PKCS1_PADDING;

async function measureRsaRate(seconds: number): Promise<RsaRate> {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 4096,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const ciphertext = publicEncrypt({ key: publicKey, padding }, Buffer.alloc(32, "k"));
  const task: Task = { privateKey, ciphertext, seconds };
  const workers = availableParallelism();
  const rates = await Promise.all(Array.from({ length: workers }, () => runWorker(task)));
  return { perSecond: Math.round(rates.reduce((sum, rate) => sum + rate, 0)), workers };
}

async function runWorker(task: Task): Promise<number> {
  const worker = new Worker(new URL(import.meta.url), { workerData: task });
  const [perSecond] = await once(worker, "message");
  return Number(perSecond);
}

/** Warms up for a tenth of the time, then counts decryptions. Runs in a worker. */
function decrypt({ privateKey, ciphertext, seconds }: Task): number {
  const key = createPrivateKey(privateKey);
  const count = (until: number) => {
    let done = 0;
    for (; performance.now() < until; done += 1) privateDecrypt({ key, padding }, ciphertext);
    return done;
  };
  count(performance.now() + seconds * 100);
  const from = performance.now();
  return (count(from + seconds * 1000) / (performance.now() - from)) * 1000;
}

if (isMainThread) {
  process.stdout.write(`${JSON.stringify(await measureRsaRate(Number(process.argv[2] ?? 2)))}\n`);
} else {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  parentPort?.postMessage(decrypt(workerData));
}
