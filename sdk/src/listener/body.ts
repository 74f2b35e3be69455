/** Reading a request's body, which may be huge, slow, or break off. */

export type BodyRefusal = "too_large" | "too_slow" | "broken_off";

/** The bytes as they came. Stops reading at the limit and at the deadline. */
export async function readBody(
  { headers, body }: Request,
  maxBytes: number,
  withinMs: number,
): Promise<Uint8Array | BodyRefusal> {
  if (Number(headers.get("content-length") ?? 0) > maxBytes) return "too_large";
  if (body === null) return new Uint8Array();
  let reader: ReadableStreamDefaultReader<Uint8Array>;
  try {
    reader = body.getReader();
  } catch {
    // Somebody else reads it.
    return "broken_off";
  }
  const deadline = deadlineIn(withinMs);
  try {
    return await readAll(reader, maxBytes, deadline.passed);
  } catch {
    return "broken_off";
  } finally {
    deadline.clear();
    // What is left unread is nobody's; that it cannot be cancelled either.
    reader.cancel().catch(() => {});
  }
}

async function readAll(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  maxBytes: number,
  late: Promise<"too_slow">,
): Promise<Uint8Array | BodyRefusal> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for (;;) {
    const read = await Promise.race([reader.read(), late]);
    if (read === "too_slow") return read;
    if (read.done) return joined(chunks, bytes);
    bytes += read.value.length;
    if (bytes > maxBytes) return "too_large";
    chunks.push(read.value);
  }
}

function joined(chunks: readonly Uint8Array[], bytes: number): Uint8Array {
  const all = new Uint8Array(bytes);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

function deadlineIn(withinMs: number): { readonly passed: Promise<"too_slow">; clear(): void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const passed = new Promise<"too_slow">((resolve) => {
    timer = setTimeout(() => resolve("too_slow"), withinMs);
  });
  return { passed, clear: () => clearTimeout(timer) };
}
