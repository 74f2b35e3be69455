/**
 * The format of a backup file: a line with the name of the format, compressed frames, and a checksum.
 *
 * A frame is a letter, a length of four bytes, and that many bytes: `J` for JSON, `D` for rows in PostgreSQL's
 * COPY format. The checksum (SHA-256) comes last, so that a truncated file has none, and covers the compressed
 * bytes, so that a file can be checked without unpacking it. Only a few chunks are in memory at a time.
 */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createReadStream, existsSync } from "node:fs";
import { open, rename, rm, stat } from "node:fs/promises";
import { PassThrough, Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createZstdCompress, createZstdDecompress } from "node:zlib";
import { BackupError } from "./backup-error.ts";

const firstLine = Buffer.from("Pesarail backup 1\n");
const checksumBytes = 32;

export interface BackupWriter {
  json(value: object): Promise<void>;
  data(chunk: Buffer): Promise<void>;
  /** Completes the file and renames it to its final name. Returns its size in bytes. */
  finish(): Promise<number>;
  /** Deletes the incomplete file. */
  discard(): Promise<void>;
}

/** Creates a file, under a temporary name until it is complete. Throws `BackupError` if the file exists. */
export async function createBackupFile(path: string): Promise<BackupWriter> {
  if (existsSync(path))
    throw new BackupError(`${path} already exists. Choose another name, because a backup replaces no file.`);
  const partialPath = `${path}.part`;
  const checksum = createHash("sha256").update(firstLine);
  // The file contains personal data and balances, so only its owner may read it.
  const handle = await open(partialPath, "w", 0o600).catch((error: unknown) => {
    throw new BackupError(`Cannot write ${partialPath} (${(error as NodeJS.ErrnoException).code}).`);
  });
  await handle.write(firstLine);

  const frames = new PassThrough();
  const hashing = new Transform({
    transform(chunk: Buffer, _, done) {
      checksum.update(chunk);
      done(null, chunk);
    },
  });
  const written = pipeline(frames, createZstdCompress(), hashing, async (chunks) => {
    for await (const chunk of chunks as AsyncIterable<Buffer>) await handle.write(chunk);
  });
  written.catch(() => {});

  const frame = async (kind: string, payload: Buffer): Promise<void> => {
    const head = Buffer.alloc(5);
    head.write(kind, "latin1");
    head.writeUInt32BE(payload.length, 1);
    frames.write(head);
    if (!frames.write(payload)) await Promise.race([once(frames, "drain"), written]);
  };
  return {
    json: (value) => frame("J", Buffer.from(JSON.stringify(value))),
    data: (chunk) => frame("D", chunk),
    async finish() {
      frames.end();
      await written;
      await handle.write(checksum.digest());
      await handle.sync();
      const { size } = await handle.stat();
      await handle.close();
      await rename(partialPath, path);
      return size;
    },
    async discard() {
      frames.destroy();
      await written.catch(() => {});
      await handle.close();
      await rm(partialPath, { force: true });
    },
  };
}

/** Reads the whole file and verifies its checksum. Throws `BackupError` for an invalid file. */
export async function checkBackupFile(path: string): Promise<void> {
  const size = await readSize(path);
  const checksum = createHash("sha256");
  const first: Buffer[] = [];
  let read = 0;
  for await (const chunk of createReadStream(path, {
    end: size - checksumBytes - 1,
  }) as AsyncIterable<Buffer>) {
    if (read < firstLine.length) first.push(chunk);
    read += chunk.length;
    checksum.update(chunk);
  }
  if (!Buffer.concat(first).subarray(0, firstLine.length).equals(firstLine)) {
    throw new BackupError(`${path} is not a backup that this release can read.`);
  }
  const [stored] = await createReadStream(path, { start: size - checksumBytes }).toArray();
  if (!checksum.digest().equals(stored as Buffer)) {
    throw new BackupError(`${path} is damaged or incomplete: its checksum is wrong. Nothing was changed.`);
  }
}

async function readSize(path: string): Promise<number> {
  const stats = await stat(path).catch((error: unknown) => {
    throw new BackupError(`Cannot read ${path} (${(error as NodeJS.ErrnoException).code}).`);
  });
  if (stats.size > firstLine.length + checksumBytes) return stats.size;
  throw new BackupError(`${path} is not a backup that this release can read.`);
}

export type Frame =
  { readonly kind: "json"; readonly value: unknown } | { readonly kind: "data"; readonly chunk: Buffer };

/** Reads the frames of a checked file in order. */
export async function* readFrames(path: string): AsyncGenerator<Frame> {
  const size = await readSize(path);
  const compressed = createReadStream(path, { start: firstLine.length, end: size - checksumBytes - 1 });
  const decompressed = Readable.from(compressed).compose(createZstdDecompress());
  let buffered: Buffer = Buffer.alloc(0);
  for await (const chunk of decompressed as AsyncIterable<Buffer>) {
    buffered = buffered.length === 0 ? chunk : Buffer.concat([buffered, chunk]);
    while (buffered.length >= 5 && buffered.length >= 5 + buffered.readUInt32BE(1)) {
      const end = 5 + buffered.readUInt32BE(1);
      const payload = buffered.subarray(5, end);
      yield buffered.toString("latin1", 0, 1) === "J"
        ? { kind: "json", value: JSON.parse(payload.toString("utf8")) as unknown }
        : { kind: "data", chunk: payload };
      buffered = buffered.subarray(end);
    }
  }
  if (buffered.length > 0) throw new Error(`${path} ends within a frame`);
}
