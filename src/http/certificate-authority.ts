/**
 * Issues certificates. Loading the library takes a tenth of a second, so `certificate.ts` imports this file only when
 * it needs a new certificate.
 */
import "reflect-metadata"; // The library's dependencies need it to be loaded first.
import { webcrypto } from "node:crypto";
import { isIP } from "node:net";
import { hostname } from "node:os";
import * as x509 from "@peculiar/x509";
import { msPerDay, msPerHour } from "../core/clock.ts";

/** A certificate and the private key that belongs to it, both in PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/** Ten years, so that users rarely have to trust a new authority. */
const authorityLifetimeMs = 3_650 * msPerDay;
/** Apple's systems accept server certificates of at most 398 days. */
const serverLifetimeMs = 397 * msPerDay;
/** Start certificates earlier, because the clocks of some clients are slow. */
const clockSkewMs = msPerHour;

/** A new authority, which can sign server certificates but no further authorities. */
export async function createCertificateAuthority(now: Date): Promise<KeyPair> {
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    // Named after machine and day, to distinguish several of them in one trust store.
    name: [{ CN: [`Pesarail on ${hostname().slice(0, 30)}, ${now.toISOString().slice(0, 10)}`] }],
    ...toValidity(now, authorityLifetimeMs),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { cert: certificate.toString("pem"), key: await exportKeyPem(keys.privateKey) };
}

/** A new certificate for a server with these names and IP addresses. */
export async function issueServerCertificate(
  authority: KeyPair,
  names: readonly string[],
  now: Date,
): Promise<KeyPair> {
  const keys = await generateKeys();
  const issuer = new x509.X509Certificate(authority.cert);
  const certificate = await x509.X509CertificateGenerator.create({
    subject: [{ CN: ["Pesarail"] }],
    issuer: issuer.subjectName,
    ...toValidity(now, serverLifetimeMs),
    signingAlgorithm: algorithm,
    signingKey: await importKey(authority.key),
    publicKey: keys.publicKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(names.map(toAlternativeName)),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  });
  return { cert: certificate.toString("pem"), key: await exportKeyPem(keys.privateKey) };
}

const toValidity = (now: Date, lifetimeMs: number) => ({
  notBefore: new Date(now.getTime() - clockSkewMs),
  notAfter: new Date(now.getTime() + lifetimeMs),
});

const toAlternativeName = (name: string) => ({ type: isIP(name) ? "ip" : "dns", value: name }) as const;

const generateKeys = () => webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);

async function exportKeyPem(key: webcrypto.CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY");
}

async function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  const [bytes] = x509.PemConverter.decode(pem);
  return webcrypto.subtle.importKey("pkcs8", bytes ?? new ArrayBuffer(), algorithm, false, ["sign"]);
}
