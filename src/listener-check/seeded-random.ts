/**
 * The test data of a run, generated from its seed. A value depends only on the seed and its label, so that the
 * same seed gives the same references whichever cases run.
 */
import { createHash, randomBytes } from "node:crypto";
import type { SeededRandom } from "../protocols/listener-checks.ts";

export const newSeed = (): string => randomBytes(4).toString("hex");

export function createSeededRandom(seed: string): SeededRandom {
  const bytes = (label: string, count: number): Buffer =>
    createHash("shake256", { outputLength: count }).update(`${seed}\n${label}`).digest();
  const pickCharacters = (label: string, count: number, alphabet: string): string => {
    const source = bytes(label, count * 4);
    return Array.from(
      { length: count },
      (_, i) => alphabet[source.readUInt32LE(i * 4) % alphabet.length],
    ).join("");
  };
  return {
    seed,
    bytes,
    below: (label, limit) => bytes(label, 4).readUInt32LE() % limit,
    digits: (label, count) => pickCharacters(label, count, "0123456789"),
    letters: (label, count) => pickCharacters(label, count, "0123456789abcdefghijklmnopqrstuvwxyz"),
  };
}
