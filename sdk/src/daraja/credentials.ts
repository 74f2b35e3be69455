/** What proves who calls: the initiator's encrypted password, and the password of STK calls. */
import { Buffer } from "node:buffer";
import { constants, createPublicKey, publicEncrypt, X509Certificate, type KeyObject } from "node:crypto";
import { checkUnknownFields } from "../check-unknown-fields.ts";
import { InvalidArgumentError } from "../errors.ts";
import type { Initiator } from "./options.ts";

/** An initiator that is ready to be sent. */
export interface InitiatorCredential {
  readonly name: string;
  readonly securityCredential: string;
}

/** RSA-2048: 256 bytes, minus the padding. */
const keyBits = 2048;
const maxPasswordBytes = keyBits / 8 - 11;

const credentialFields = { name: true, securityCredential: true };
const passwordFields = { name: true, password: true, certificate: true };

/** Throws `InvalidArgumentError`, whose message contains no password. */
export function parseInitiator(initiator: Initiator): InitiatorCredential {
  const hasCredential =
    typeof initiator === "object" && initiator !== null && "securityCredential" in initiator;
  checkUnknownFields("initiator", initiator, hasCredential ? credentialFields : passwordFields);
  if (typeof initiator.name !== "string" || initiator.name === "")
    throw invalidInitiator("name", "is missing");
  const securityCredential =
    "securityCredential" in initiator
      ? parseSecurityCredential(initiator.securityCredential)
      : createSecurityCredential(initiator.certificate, initiator.password);
  return { name: initiator.name, securityCredential };
}

const invalidInitiator = (field: string, problem: string): InvalidArgumentError =>
  new InvalidArgumentError(`initiator.${field}`, `initiator.${field} ${problem}.`);

function parseSecurityCredential(credential: unknown): string {
  const compact = typeof credential === "string" ? credential.replaceAll(/\s/g, "") : "";
  if (/^[A-Za-z0-9+/]{342}==$/.test(compact)) return compact;
  throw invalidInitiator(
    "securityCredential",
    "is not base64 of 256 bytes. A password belongs into password",
  );
}

/** The SecurityCredential of a password: encrypted with the environment's certificate. Throws `InvalidArgumentError`. */
export function createSecurityCredential(certificate: string, password: string): string {
  const key = parseCertificate(certificate);
  if (typeof password !== "string" || password === "") throw invalidInitiator("password", "is missing");
  if (Buffer.byteLength(password) > maxPasswordBytes) throw invalidInitiator("password", "is too long");
  const encrypted = publicEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, Buffer.from(password));
  return encrypted.toString("base64");
}

function parseCertificate(certificate: unknown): KeyObject {
  const key = typeof certificate === "string" ? decodeCertificate(certificate.trim()) : null;
  if (key === null || key.asymmetricKeyType !== "rsa")
    throw invalidInitiator("certificate", "is not a certificate with an RSA key. Copy the whole PEM text");
  const bits = key.asymmetricKeyDetails?.modulusLength ?? keyBits;
  if (bits !== keyBits)
    throw invalidInitiator("certificate", `has a key of ${bits} bits; M-Pesa's have ${keyBits}`);
  return key;
}

function decodeCertificate(text: string): KeyObject | null {
  try {
    if (text.startsWith("-----BEGIN PUBLIC KEY")) return createPublicKey(text);
    return new X509Certificate(text).publicKey;
  } catch {
    // Ignore the parser's message: it does not help with a truncated certificate.
    return null;
  }
}

/** Password and Timestamp of an STK call. */
export function createStkPassword(
  shortcode: string,
  passkey: string,
  now: number,
): { readonly password: string; readonly timestamp: string } {
  const timestamp = formatNairobiTime(now);
  return { password: Buffer.from(shortcode + passkey + timestamp).toString("base64"), timestamp };
}

/** Nairobi is three hours ahead of UTC all year. */
const nairobiOffsetMs = 3 * 3_600_000;

/** `yyyyMMddHHmmss` in Nairobi. */
export const formatNairobiTime = (ms: number): string =>
  new Date(ms + nairobiOffsetMs).toISOString().replaceAll(/\D/g, "").slice(0, 14);

/** Parses `yyyyMMddHHmmss` in Nairobi. Null for any other text. */
export function parseNairobiTime(text: string): Date | null {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(text) ?? [];
  const time = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}+03:00`);
  return Number.isNaN(time.getTime()) ? null : time;
}
