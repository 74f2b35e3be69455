/** One-time codes of an authenticator app: RFC 6238 with SHA-1, six digits and steps of 30 seconds, as all apps know them. */
import { createHmac, randomBytes } from "node:crypto";
import { msPerSecond } from "../core/clock.ts";

const stepMs = 30 * msPerSecond;
const digits = 6;
const secretBytes = 20;
/** A phone's clock may be wrong by a step, in both directions. */
const tolerance = 1;

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

export const createTotpSecret = (): Buffer => randomBytes(secretBytes);

/** Base32 without padding (RFC 4648), as people type it into an app. */
export function formatTotpSecret(secret: Buffer): string {
  let text = "";
  let bits = 0;
  let value = 0;
  for (const byte of secret) {
    value = (value << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      text += alphabet[(value >>> (bits - 5)) & 31] ?? "";
      bits -= 5;
    }
    value &= (1 << bits) - 1;
  }
  return bits === 0 ? text : text + (alphabet[(value << (5 - bits)) & 31] ?? "");
}

/** What a QR code contains. */
export function formatTotpUri(secret: Buffer, email: string): string {
  const label = `Pesarail:${encodeURIComponent(email)}`;
  return `otpauth://totp/${label}?secret=${formatTotpSecret(secret)}&issuer=Pesarail`;
}

export const toTotpStep = (now: number): number => Math.floor(now / stepMs);

export function computeTotp(secret: Buffer, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const digest = createHmac("sha1", secret).update(counter).digest();
  const offset = (digest.at(-1) ?? 0) & 15;
  const number = digest.readUInt32BE(offset) & 0x7f_ff_ff_ff;
  return String(number % 10 ** digits).padStart(digits, "0");
}

/** The step of a right code, or null. A step up to `lastStep` was used already, and no code is accepted twice. */
export function findTotpStep(secret: Buffer, code: string, now: number, lastStep: number): number | null {
  const current = toTotpStep(now);
  for (let step = current - tolerance; step <= current + tolerance; step += 1) {
    if (step > lastStep && computeTotp(secret, step) === code) return step;
  }
  return null;
}
