/** Daraja's section of `sandbox.json`: what a client needs for its first call. */
import { constants, createPublicKey, publicEncrypt } from "node:crypto";
import { publicPasskey } from "../../organisations/passkeys.ts";

export interface SandboxSecrets {
  readonly consumerKey: string;
  readonly consumerSecret: string;
  /** PEM. */
  readonly certificate: string;
}

const initiatorPassword = "Safaricom123!";

export function describeSandbox({ consumerKey, consumerSecret, certificate }: SandboxSecrets): object {
  return {
    consumerKey,
    consumerSecret,
    stkShortCode: "174379",
    passkey: publicPasskey,
    securityCredential: encryptPassword(certificate, initiatorPassword),
    certificate,
  };
}

/** The SecurityCredential of a password. */
export function encryptPassword(certificate: string, password: string): string {
  const key = createPublicKey(certificate);
  return publicEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, Buffer.from(password)).toString(
    "base64",
  );
}
