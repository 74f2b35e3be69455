/**
 * Encodes batches in one worker thread, which every app of the process shares. The thread starts with the first batch,
 * and does not keep the process alive.
 */
import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import type { EncodeTask } from "./batch.ts";
import type { EncodedBatch } from "./encode-batch.ts";

/** `.ts` in the repository, `.js` in the published package. */
const ownExtension = extname(import.meta.filename);

/** A batch takes some milliseconds. A thread that is silent for this long is replaced. */
const timeoutMs = 30_000;

interface Reply {
  readonly number: number;
  readonly encoded?: EncodedBatch;
  readonly failure?: string;
}

interface RunningWorker {
  readonly thread: Worker;
  readonly waiting: Map<number, PromiseWithResolvers<EncodedBatch>>;
}

let running: RunningWorker | null = null;
let lastNumber = 0;

/** Masks and encodes a batch in the worker. The arrays of the task are moved to it and cannot be used afterwards. */
export async function encodeInWorker(task: EncodeTask): Promise<EncodedBatch> {
  const worker = (running ??= startWorker());
  const number = (lastNumber += 1);
  const reply = Promise.withResolvers<EncodedBatch>();
  worker.waiting.set(number, reply);
  worker.thread.ref();
  const timer = setTimeout(() => {
    endWorker(worker, new Error("the worker of the request log did not respond in time"));
    void worker.thread.terminate();
  }, timeoutMs);
  try {
    worker.thread.postMessage({ number, task }, [
      task.numbers.buffer,
      task.ids.buffer,
      task.amounts.buffer,
      task.series.buffer,
      task.latencies.buffer,
      task.madePayment.buffer,
    ] as ArrayBuffer[]);
    return await reply.promise;
  } finally {
    clearTimeout(timer);
    worker.waiting.delete(number);
    if (worker.waiting.size === 0) worker.thread.unref();
  }
}

function startWorker(): RunningWorker {
  const thread = new Worker(new URL(`./encode-worker${ownExtension}`, import.meta.url), {
    // Options of the process, such as those of the test runner, are not for the thread.
    execArgv: [],
    // The server's own young generation is larger than this thread needs, and each thread has one.
    resourceLimits: { maxYoungGenerationSizeMb: 16 },
  });
  const worker: RunningWorker = { thread, waiting: new Map() };
  thread.unref();
  thread.on("message", ({ number, encoded, failure }: Reply) => {
    if (encoded !== undefined) worker.waiting.get(number)?.resolve(encoded);
    else worker.waiting.get(number)?.reject(new Error(`the request log could not be encoded: ${failure}`));
  });
  thread.on("error", (error) => endWorker(worker, error));
  thread.on("exit", () => endWorker(worker, new Error("the worker of the request log has ended")));
  return worker;
}

/** Fails what waits for the worker. The next batch starts another one. */
function endWorker(worker: RunningWorker, error: unknown): void {
  if (running === worker) running = null;
  for (const { reject } of worker.waiting.values()) reject(error);
}
