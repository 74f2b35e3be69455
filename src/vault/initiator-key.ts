/**
 * The RSA key and the certificate with which callers encrypt the passwords of API operators (Daraja's
 * SecurityCredential). Loading the library for certificates takes a tenth of a second, so only a new installation does.
 */
import { generateKeyPair, webcrypto } from "node:crypto";
import { promisify } from "node:util";
import type { Environment } from "../core/markets.ts";
import { msPerDay, msPerHour } from "../core/clock.ts";

/** Callers' programs expect a block of 256 bytes. */
const bits = 2048;

/** Thirty years: a certificate that callers have built in must not end. Its dates are never checked here. */
const lifetimeMs = 30 * 365 * msPerDay;

/** A private key (PKCS#8, DER), and its certificate (DER). */
export async function createInitiatorKey(
  environment: Environment,
): Promise<{ readonly secret: Buffer; readonly public: Buffer }> {
  const { privateKey, publicKey } = await promisify(generateKeyPair)("rsa", { modulusLength: bits });
  const secret = privateKey.export({ format: "der", type: "pkcs8" });
  const spki = publicKey.export({ format: "der", type: "spki" });
  await import("reflect-metadata"); // The library's dependencies need it to be loaded first.
  const x509 = await import("@peculiar/x509");
  const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
  const now = Date.now();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [`Pesarail ${environment} initiators`] }],
    notBefore: new Date(now - msPerHour),
    notAfter: new Date(now + lifetimeMs),
    signingAlgorithm: algorithm,
    keys: {
      privateKey: await webcrypto.subtle.importKey("pkcs8", secret, algorithm, true, ["sign"]),
      publicKey: await webcrypto.subtle.importKey("spki", spki, algorithm, true, ["verify"]),
    },
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyEncipherment | x509.KeyUsageFlags.dataEncipherment,
        true,
      ),
    ],
  });
  return { secret, public: Buffer.from(certificate.rawData) };
}

/** A certificate in PEM. */
export const formatCertificate = (der: Buffer): string =>
  `-----BEGIN CERTIFICATE-----\n${der
    .toString("base64")
    .replaceAll(/(.{64})/g, "$1\n")
    .trimEnd()}\n-----END CERTIFICATE-----\n`;
