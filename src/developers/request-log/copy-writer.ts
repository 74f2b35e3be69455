/** Writes rows in the binary format of PostgreSQL's COPY. */

const signature = Buffer.from("PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0", "latin1");

/** PostgreSQL's type numbers, for the elements of arrays. */
const typeNumbers = { integer: 23, bigint: 20 } as const;

export class CopyWriter {
  #buffer: Buffer;
  #at = 0;

  constructor(expectedBytes: number) {
    this.#buffer = Buffer.allocUnsafeSlow(Math.max(256, Math.ceil(expectedBytes)));
    this.#at = signature.copy(this.#buffer, 0);
  }

  startRow(columns: number): void {
    this.#reserve(2);
    this.#at = this.#buffer.writeInt16BE(columns, this.#at);
  }

  writeNull(): void {
    this.#writeLength(-1, 0);
  }

  writeBigint(value: bigint): void {
    this.#writeLength(8, 8);
    this.#at = this.#buffer.writeBigInt64BE(value, this.#at);
  }

  writeInteger(value: number): void {
    this.#writeLength(4, 4);
    this.#at = this.#buffer.writeInt32BE(value, this.#at);
  }

  writeSmallInteger(value: number): void {
    this.#writeLength(2, 2);
    this.#at = this.#buffer.writeInt16BE(value, this.#at);
  }

  writeBoolean(value: boolean): void {
    this.#writeLength(1, 1);
    this.#at = this.#buffer.writeInt8(value ? 1 : 0, this.#at);
  }

  writeBytes(value: Uint8Array): void {
    this.#writeLength(value.length, value.length);
    this.#buffer.set(value, this.#at);
    this.#at += value.length;
  }

  writeBigintArray(values: readonly bigint[]): void {
    this.#startArray("bigint", values.length, 12);
    for (const value of values) this.writeBigint(value);
  }

  writeIntegerArray(values: readonly number[]): void {
    this.#startArray("integer", values.length, 8);
    for (const value of values) this.writeInteger(value);
  }

  /** Everything that was written, with the mark of the end. */
  finish(): Uint8Array {
    this.#reserve(2);
    this.#at = this.#buffer.writeInt16BE(-1, this.#at);
    return this.#buffer.subarray(0, this.#at);
  }

  #startArray(type: keyof typeof typeNumbers, length: number, elementBytes: number): void {
    const dimensions = length === 0 ? 0 : 1;
    this.#writeLength(12 + 8 * dimensions + length * elementBytes, 20);
    this.#at = this.#buffer.writeInt32BE(dimensions, this.#at);
    this.#at = this.#buffer.writeInt32BE(0, this.#at);
    this.#at = this.#buffer.writeInt32BE(typeNumbers[type], this.#at);
    if (dimensions === 0) return;
    this.#at = this.#buffer.writeInt32BE(length, this.#at);
    this.#at = this.#buffer.writeInt32BE(1, this.#at);
  }

  #writeLength(length: number, following: number): void {
    this.#reserve(4 + following);
    this.#at = this.#buffer.writeInt32BE(length, this.#at);
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#buffer.length * 2, this.#at + bytes));
    this.#buffer.copy(larger, 0, 0, this.#at);
    this.#buffer = larger;
  }
}
