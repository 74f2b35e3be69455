/** Reads a request's body, with limits on size and time. */

export type BodyRefusal = "too_large" | "too_slow" | "aborted";

/** Returns the raw bytes. Stops at the size limit and at the timeout. */
export async function readBody(
  { headers, body }: Request,
  maxBytes: number,
  timeoutMs: number,
): Promise<Uint8Array | BodyRefusal> {
  if (Number(headers.get("content-length") ?? 0) > maxBytes) return "too_large";
  if (body === null) return new Uint8Array();
  let reader: ReadableStreamDefaultReader<Uint8Array>;
  try {
    reader = body.getReader();
  } catch {
    // The body is locked by another reader.
    return "aborted";
  }
  const deadline = startDeadline(timeoutMs);
  try {
    return await readAll(reader, maxBytes, deadline.passed);
  } catch {
    return "aborted";
  } finally {
    deadline.clear();
    // Discard the unread rest. An error here changes nothing.
    reader.cancel().catch(() => {});
  }
}

async function readAll(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  maxBytes: number,
  deadlinePassed: Promise<"too_slow">,
): Promise<Uint8Array | BodyRefusal> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for (;;) {
    const read = await Promise.race([reader.read(), deadlinePassed]);
    if (read === "too_slow") return read;
    if (read.done) return concatChunks(chunks, bytes);
    bytes += read.value.length;
    if (bytes > maxBytes) return "too_large";
    chunks.push(read.value);
  }
}

function concatChunks(chunks: readonly Uint8Array[], bytes: number): Uint8Array {
  const result = new Uint8Array(bytes);
  let offset = 0;
  for (const chunk of chunks) {
    result.set(chunk, offset);
    offset += chunk.length;
  }
  return result;
}

function startDeadline(timeoutMs: number): { readonly passed: Promise<"too_slow">; clear(): void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const passed = new Promise<"too_slow">((resolve) => {
    timer = setTimeout(() => resolve("too_slow"), timeoutMs);
  });
  return { passed, clear: () => clearTimeout(timer) };
}
