/** The worker thread behind `encoder.ts`. */
import { parentPort } from "node:worker_threads";
import type { EncodeTask } from "./batch.ts";
import { encodeBatch } from "./encode-batch.ts";

parentPort?.on("message", ({ number, task }: { number: number; task: EncodeTask }) => {
  try {
    const encoded = encodeBatch(task);
    parentPort?.postMessage({ number, encoded }, [
      encoded.rows.buffer as ArrayBuffer,
      encoded.blocks.buffer as ArrayBuffer,
    ]);
  } catch (error) {
    // The message of an error could contain a part of what it failed on.
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- this is a port of a thread, not a window
    parentPort?.postMessage({ number, failure: error instanceof Error ? error.name : "Error" });
  }
});
