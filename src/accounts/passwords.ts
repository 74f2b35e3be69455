/**
 * Passwords: scrypt with a salt of their own. The parameters are stored with the hash, so that they can grow.
 *
 * One hash takes 32 MB and some 60 ms of a core on purpose, so few run at the same time: guesses wait for each other, and
 * cannot take the memory of payments.
 */
import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import PQueue from "p-queue";

const parameters = { N: 2 ** 15, r: 8, p: 1 } as const;
const saltBytes = 16;
const hashBytes = 32;
const maxMemoryBytes = 64 * 1024 * 1024;

export const minPasswordLength = 10;
export const maxPasswordLength = 128;

const maxWaiting = 100;
const queue = new PQueue({ concurrency: 2 });

/** Too many passwords are being checked. */
export class PasswordQueueFull extends Error {
  override readonly name = "PasswordQueueFull";
}

export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(saltBytes);
  const { N, r, p } = parameters;
  const derived = await derive(password, salt, parameters);
  return ["scrypt", N, r, p, salt.toString("base64url"), derived.toString("base64url")].join("$");
}

/** `stored` null is an unknown account: it takes as long as a known one, and no password is right. */
export async function isRightPassword(password: string, stored: string | null): Promise<boolean> {
  const [, N, r, p, salt = "", expected = ""] = (stored ?? placeholder).split("$");
  const wanted = Buffer.from(expected, "base64url");
  const derived = await derive(password, Buffer.from(salt, "base64url"), {
    N: Number(N),
    r: Number(r),
    p: Number(p),
  });
  return timingSafeEqual(derived, wanted) && stored !== null;
}

/** The hash of no password. */
const placeholder = [
  "scrypt",
  parameters.N,
  parameters.r,
  parameters.p,
  Buffer.alloc(saltBytes).toString("base64url"),
  Buffer.alloc(hashBytes).toString("base64url"),
].join("$");

function derive(
  password: string,
  salt: Buffer,
  options: { readonly N: number; readonly r: number; readonly p: number },
): Promise<Buffer> {
  if (queue.size >= maxWaiting) throw new PasswordQueueFull();
  return queue.add(
    () =>
      new Promise<Buffer>((resolve, reject) => {
        // Two ways to type the same letter are the same password.
        scrypt(
          password.normalize("NFKC"),
          salt,
          hashBytes,
          { ...options, maxmem: maxMemoryBytes },
          (error, key) => (error === null ? resolve(key) : reject(error)),
        );
      }),
  );
}
