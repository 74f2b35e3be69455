/**
 * A block: the texts of up to 128 requests of one batch, compressed together.
 *
 * Before compression it has three parts. First a length, in 16-bit numbers, of the second part. The second part are
 * numbers: the count of requests and of header sets; for each request its id (four numbers), its header set, its
 * customer's hash (two numbers), the count of its texts and the length of each; the length of each header set. The third part are all these texts in
 * the same order, as UTF-8. Equal header sets are stored once in a block.
 */
import { endianness } from "node:os";
import { constants, zstdCompressSync, zstdDecompress } from "node:zlib";
import { promisify } from "node:util";

export const rowsPerBlock = 128;

/** A text that is not there, in place of its length. */
export const absent = 0xffff;
/** Longer texts are cut off. */
export const maxTextLength = 60_000;

/** The texts of a request before those of its parameters, in their order. */
export const fixedTexts = [
  "source",
  "method",
  "path",
  "apiKeyHint",
  "organisation",
  "reference",
  "msisdnMasked",
  "names",
  "reason",
  "responseBody",
] as const;

/** The texts of one request, as a block has them. */
export interface BlockRow {
  readonly id: bigint;
  readonly customer: number;
  readonly texts: Readonly<Record<(typeof fixedTexts)[number], string | null>>;
  readonly headers: Readonly<Record<string, string>>;
  /** The parameters: names and values in turn; a single text is the whole body. */
  readonly request: readonly (string | null)[];
}

/** Level 1 takes a third of the time of the default level, and its blocks are 4 % larger. */
const compression = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

export const compressBlock = (content: Uint8Array): Buffer => zstdCompressSync(content, compression);

const decompress = promisify(zstdDecompress);

/** A block is at most this large when it is read, so that a damaged one cannot fill the memory. */
const maxBlockBytes = 256 * 1024 * 1024;

/** Most blocks fit into one chunk. Each chunk is a task of a thread, which takes longer than its work. */
const chunkSize = 128 * 1024;

/**
 * Reads the requests of a block. A request's texts are taken out of the block when they are read, because a page of a search
 * needs one request of each of many blocks.
 */
export async function readBlock(data: Uint8Array): Promise<BlockRow[]> {
  const content = await decompress(data, { maxOutputLength: maxBlockBytes, chunkSize });
  const count = content.readUInt32LE(0);
  const textsAt = 4 + 2 * count;
  return new BlockReader(
    toNumbers(content.subarray(4, textsAt)),
    content.toString("utf8", textsAt),
  ).readRows();
}

/** Numbers of 16 bits, the lower byte first. */
function toNumbers(bytes: Buffer): Uint16Array {
  const copy = Buffer.from(new Uint8Array(bytes).buffer);
  if (endianness() === "BE") copy.swap16();
  return new Uint16Array(copy.buffer);
}

/** Where some texts are: the number of the first one's length, how many they are, and where they begin. */
interface TextRange {
  readonly firstNumber: number;
  readonly count: number;
  readonly at: number;
}

class BlockReader {
  readonly #numbers: Uint16Array;
  readonly #text: string;
  #number = 0;
  #at = 0;

  constructor(numbers: Uint16Array, text: string) {
    this.#numbers = numbers;
    this.#text = text;
  }

  readRows(): BlockRow[] {
    const rowCount = this.#nextNumber();
    const setCount = this.#nextNumber();
    const rows = Array.from({ length: rowCount }, () => {
      const low = BigInt(this.#nextNumber() + this.#nextNumber() * 0x10000);
      const high = BigInt(this.#nextNumber() + this.#nextNumber() * 0x10000);
      const set = this.#nextNumber();
      const customer = this.#nextNumber() | (this.#nextNumber() << 16) | 0;
      const texts = this.#skipTexts(this.#nextNumber());
      return { id: low | (high << 32n), set, customer, texts };
    });
    const sets = Array.from({ length: setCount }, () => this.#skipTexts(1));
    const readTexts = (range: TextRange): (string | null)[] => this.#readTexts(range);
    return rows.map(({ id, set, customer, texts }) => ({
      id,
      customer,
      get texts() {
        const fixed = readTexts({ ...texts, count: Math.min(fixedTexts.length, texts.count) });
        return Object.fromEntries(
          fixedTexts.map((name, index) => [name, fixed[index] ?? null]),
        ) as unknown as BlockRow["texts"];
      },
      get headers() {
        const range = sets[set];
        return range === undefined ? {} : parseHeaders(readTexts(range)[0] ?? "");
      },
      get request() {
        return readTexts(texts).slice(fixedTexts.length);
      },
    }));
  }

  #nextNumber(): number {
    return this.#numbers[this.#number++] ?? 0;
  }

  #skipTexts(count: number): TextRange {
    const range = { firstNumber: this.#number, count, at: this.#at };
    for (let i = 0; i < count; i += 1) {
      const length = this.#nextNumber();
      if (length !== absent) this.#at += length;
    }
    return range;
  }

  #readTexts({ firstNumber, count, at }: TextRange): (string | null)[] {
    let start = at;
    return Array.from({ length: count }, (_, index) => {
      const length = this.#numbers[firstNumber + index] ?? 0;
      return length === absent ? null : this.#text.slice(start, (start += length));
    });
  }
}

/** Names and values in turn, each followed by a NUL, which no header can contain. */
function parseHeaders(text: string): Record<string, string> {
  const parts = text.split("\0");
  const headers: Record<string, string> = {};
  for (let i = 0; i + 1 < parts.length; i += 2) headers[parts[i] ?? ""] = parts[i + 1] ?? "";
  return headers;
}
