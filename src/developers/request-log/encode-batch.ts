/**
 * Masks and encodes a batch: the rows and the blocks as PostgreSQL's binary COPY, and the sums for the roll-ups. Runs in
 * a worker.
 */
import { idTimestamp } from "../../core/ids.ts";
import { latencyBucket } from "../../core/latency-histogram.ts";
import type { EncodeTask } from "./batch.ts";
import { absent, compressBlock, fixedTexts, rowsPerBlock } from "./block.ts";
import { CopyWriter } from "./copy-writer.ts";
import { hashMsisdn, hashName } from "./keyed-hash.ts";
import { maskAllNumbers, maskMsisdns } from "./mask-digits.ts";

export interface EncodedBatch {
  /** For COPY into `request_log` and `request_log_blocks`, in the order of `rowColumns` and `blockColumns`. */
  readonly rows: Uint8Array;
  readonly blocks: Uint8Array;
  readonly sums: readonly RollupSum[];
}

/** The requests of a series in a minute. */
export interface RollupSum {
  readonly series: number;
  /** In minutes since 1970. */
  readonly minute: number;
  requests: number;
  value: bigint;
  /** Counts by latency bucket. */
  readonly latency: number[];
}

const msPerMinute = 60_000;

export function encodeBatch(task: EncodeTask): EncodedBatch {
  const bytes = Buffer.from(task.text, "utf8");
  const customers = task.customers.split(",");
  const names = new Map(task.names);
  const rows = new CopyWriter(task.ids.length * 70 + 64);
  const blocks = new CopyWriter(bytes.length / 2 + 4096);
  const position: Position = { number: 0, character: 0, byte: 0 };
  const isAscii = bytes.length === task.text.length;
  for (let first = 0; first < task.ids.length; first += rowsPerBlock) {
    const end = Math.min(first + rowsPerBlock, task.ids.length);
    const block = collectBlock(task, { first, end, bytes, customers, names, position, isAscii });
    let [least, greatest] = [task.ids[first] ?? 0n, task.ids[first] ?? 0n];
    for (let row = first; row < end; row += 1) {
      const id = task.ids[row] ?? 0n;
      if (id > greatest) greatest = id;
      if (id < least) least = id;
    }
    blocks.startRow(6);
    blocks.writeBigint(greatest);
    blocks.writeBigint(least);
    blocks.writeBigintArray(block.names);
    blocks.writeIntegerArray(block.customers);
    blocks.writeBytes(compressBlock(block.content));
    blocks.writeInteger(task.segment);
    for (let row = first; row < end; row += 1) writeRow(rows, task, row, greatest, row - first);
  }
  return { rows: rows.finish(), blocks: blocks.finish(), sums: sumRows(task) };
}

function writeRow(rows: CopyWriter, task: EncodeTask, row: number, block: bigint, ordinal: number): void {
  const amount = task.amounts[row] ?? -1n;
  rows.startRow(8);
  rows.writeBigint(task.ids[row] ?? 0n);
  rows.writeBigint(block);
  if (amount < 0n) rows.writeNull();
  else rows.writeBigint(amount);
  rows.writeInteger(task.series[row] ?? 0);
  rows.writeInteger(task.latencies[row] ?? 0);
  rows.writeInteger(task.segment);
  rows.writeSmallInteger(ordinal);
  rows.writeBoolean(task.madePayment[row] === 1);
}

/** Where the next request begins in the task's numbers and texts. */
interface Position {
  number: number;
  character: number;
  byte: number;
}

interface BlockRange {
  readonly first: number;
  readonly end: number;
  readonly bytes: Buffer;
  readonly customers: readonly string[];
  readonly names: ReadonlyMap<number, readonly string[]>;
  readonly position: Position;
  readonly isAscii: boolean;
}

/** The content of a block before compression (`block.ts` has its format), with the hashes to search it by. */
function collectBlock(task: EncodeTask, range: BlockRange) {
  const { first, end, bytes, position, isAscii } = range;
  const numbers: number[] = [end - first, 0];
  const sets = new Map<number, number>();
  const parts: Uint8Array[] = [];
  const nameHashes: bigint[] = [];
  const customerHashes = new Set<number>();
  let unsavedFrom = position.byte;
  for (let row = first; row < end; row += 1) {
    const set = task.numbers[position.number++] ?? 0;
    const count = task.numbers[position.number++] ?? 0;
    let ordinal = sets.get(set);
    if (ordinal === undefined) sets.set(set, (ordinal = sets.size));
    const customer = range.customers[row] ?? "";
    const customerHash = customer === "" ? 0 : hashMsisdn(task.hashKey, customer);
    if (customer !== "") customerHashes.add(customerHash);
    const hashes = (range.names.get(row) ?? []).map((name) => hashName(task.hashKey, name));
    nameHashes.push(...hashes);

    const id = task.ids[row] ?? 0n;
    const [low, high] = [Number(id & 0xffffffffn), Number(id >> 32n)];
    numbers.push(low & 0xffff, low >>> 16, high & 0xffff, high >>> 16);
    numbers.push(ordinal, customerHash & 0xffff, customerHash >>> 16, count);
    const start = position.character;
    let beforeNames = 0;
    for (let text = 0; text < count; text += 1) {
      if (text === namesOrdinal) beforeNames = position.character - start;
      const length = task.numbers[position.number++] ?? 0;
      numbers.push(length);
      if (length !== absent) position.character += length;
    }
    const byteStart = position.byte;
    const text = isAscii ? null : task.text.slice(start, position.character);
    position.byte += text === null ? position.character - start : Buffer.byteLength(text);
    maskMsisdns(bytes, byteStart, position.byte, customer);
    if (hashes.length === 0) continue;
    // The hashes are a text of the request, between the others.
    const formatted = hashes.join(" ");
    numbers[numbers.length - count + namesOrdinal] = formatted.length;
    const at = byteStart + (text === null ? beforeNames : Buffer.byteLength(text.slice(0, beforeNames)));
    parts.push(bytes.subarray(unsavedFrom, at), Buffer.from(formatted));
    unsavedFrom = at;
  }
  parts.push(bytes.subarray(unsavedFrom, position.byte));
  numbers[1] = sets.size;
  for (const set of sets.keys()) {
    const text = (task.headerSets[set] ?? "").slice(0, absent - 1);
    const encoded = Buffer.from(text, "utf8");
    maskAllNumbers(encoded, 0, encoded.length);
    numbers.push(text.length);
    parts.push(encoded);
  }
  const header = Buffer.alloc(4 + 2 * numbers.length);
  header.writeUInt32LE(numbers.length, 0);
  Buffer.from(Uint16Array.from(numbers).buffer).copy(header, 4);
  return { content: Buffer.concat([header, ...parts]), names: nameHashes, customers: [...customerHashes] };
}

const namesOrdinal = fixedTexts.indexOf("names");

function sumRows(task: EncodeTask): RollupSum[] {
  const sums = new Map<number, RollupSum>();
  for (let row = 0; row < task.ids.length; row += 1) {
    const minute = Math.floor(idTimestamp(task.ids[row] ?? 0n) / msPerMinute);
    const series = task.series[row] ?? 0;
    const key = series * 2 ** 20 + (minute & 0xfffff);
    let sum = sums.get(key);
    if (sum === undefined) sums.set(key, (sum = { series, minute, requests: 0, value: 0n, latency: [] }));
    sum.requests += 1;
    const amount = task.amounts[row] ?? -1n;
    if (amount > 0n) sum.value += amount;
    const bucket = latencyBucket(task.latencies[row] ?? 0);
    while (sum.latency.length <= bucket) sum.latency.push(0);
    sum.latency[bucket] = (sum.latency[bucket] ?? 0) + 1;
  }
  return [...sums.values()];
}
