/**
 * The certificate for HTTPS: the operator's own, or one from a local authority in the data folder.
 */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { isIP } from "node:net";
import { join } from "node:path";
import { msPerDay } from "../core/clock.ts";
import { SettingError } from "../config/parsers.ts";
import type { KeyPair } from "./certificate-authority.ts";

/** Certificate and key for a TLS server, in PEM. */
export interface Certificate extends KeyPair {
  /** The certificate of the local authority, for clients to trust; null with the operator's own certificate. */
  readonly caPath: string | null;
}

/** The settings used here, from `Config`. */
export interface CertificateSettings {
  readonly dataDir: string;
  readonly host: string;
  readonly publicUrl: string | null;
  readonly httpsCert: string | null;
  readonly httpsKey: string | null;
  /** Further names, in lower case. */
  readonly certificateNames: readonly string[];
}

/** Certificates are renewed this long before they expire. `main.ts` checks daily. */
const renewBeforeMs = 30 * msPerDay;

/**
 * The certificate to use at `now`. Creates the authority and the certificate if they are missing, expire soon, or have
 * other names. Throws `SettingError`.
 */
export async function loadCertificate(settings: CertificateSettings, now: Date): Promise<Certificate> {
  const { httpsCert, httpsKey, dataDir } = settings;
  if (httpsCert !== null && httpsKey !== null)
    return { ...readProvided(httpsCert, httpsKey, now), caPath: null };

  const caPath = join(dataDir, "ca.pem");
  const authority = await loadAuthority(caPath, join(dataDir, "ca-key.pem"), now);
  const server = await loadServerCertificate(
    join(dataDir, "server.pem"),
    authority,
    listServerNames(settings),
    now,
  );
  return { ...server, caPath };
}

function readProvided(certFile: string, keyFile: string, now: Date): KeyPair {
  const cert = readProvidedFile("HTTPS_CERT", certFile);
  const key = readProvidedFile("HTTPS_KEY", keyFile);
  const parsed = tryOrNull(() => new X509Certificate(cert));
  const parsedKey = tryOrNull(() => createPrivateKey(key));
  if (parsed === null) throw new SettingError(`HTTPS_CERT: ${certFile} contains no PEM certificate.`);
  if (parsedKey === null) {
    throw new SettingError(`HTTPS_KEY: ${keyFile} contains no PEM private key, or one with a password.`);
  }
  if (!parsed.checkPrivateKey(parsedKey)) {
    throw new SettingError(`HTTPS_KEY: ${keyFile} is not the key of the certificate in ${certFile}.`);
  }
  if (parsed.validToDate <= now) {
    throw new SettingError(`HTTPS_CERT: the certificate in ${certFile} expired on ${parsed.validTo}.`);
  }
  return { cert, key };
}

function readProvidedFile(name: string, file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new SettingError(`${name}: ${file} cannot be read (${code}).`, { cause: error });
  }
}

/**
 * The key is written before the certificate, so that a crash between the two leaves no authority at all. If the key of
 * an existing certificate is missing, the server does not start: clients may trust that certificate, so it must not be
 * replaced silently.
 */
async function loadAuthority(certFile: string, keyFile: string, now: Date): Promise<KeyPair> {
  if (existsSync(certFile)) {
    const existing = tryOrNull(() => ({
      cert: readFileSync(certFile, "utf8"),
      key: readFileSync(keyFile, "utf8"),
    }));
    if (existing === null || !isKeyPair(existing)) {
      throw new SettingError(
        `HTTPS_PORT: ${keyFile} is not the key of ${certFile}. Delete both files to create new ones.`,
      );
    }
    if (isValidLongEnough(existing, now)) return existing;
  }
  const { createCertificateAuthority: issueAuthority } = await import("./certificate-authority.ts");
  const authority = await issueAuthority(now);
  writeFileAtomic(keyFile, authority.key, 0o600);
  writeFileAtomic(certFile, authority.cert, 0o644);
  return authority;
}

/** Certificate and key are in one file, so that they always match. */
async function loadServerCertificate(
  file: string,
  authority: KeyPair,
  names: readonly string[],
  now: Date,
): Promise<KeyPair> {
  const content = existsSync(file) ? readFileSync(file, "utf8") : "";
  const existing = { cert: content, key: content };
  if (isKeyPair(existing) && isIssuedFor(existing, authority, names) && isValidLongEnough(existing, now))
    return existing;

  const { issueServerCertificate: issueServer } = await import("./certificate-authority.ts");
  const server = await issueServer(authority, names, now);
  writeFileAtomic(file, `${server.cert}\n${server.key}\n`, 0o600);
  return server;
}

function isKeyPair({ cert, key }: KeyPair): boolean {
  return tryOrNull(() => new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))) ?? false;
}

function isIssuedFor({ cert }: KeyPair, authority: KeyPair, names: readonly string[]): boolean {
  const certificate = new X509Certificate(cert);
  const count = certificate.subjectAltName?.split(", ").length;
  const hasName = (name: string) =>
    (isIP(name) ? certificate.checkIP(name) : certificate.checkHost(name)) !== undefined;
  return (
    certificate.verify(new X509Certificate(authority.cert).publicKey) &&
    count === names.length &&
    names.every(hasName)
  );
}

const isValidLongEnough = ({ cert }: KeyPair, now: Date): boolean =>
  new X509Certificate(cert).validToDate.getTime() - renewBeforeMs > now.getTime();

/** The names and addresses of this server, and those of the settings. A wildcard address is not one of them. */
function listServerNames({ host, publicUrl, certificateNames }: CertificateSettings): string[] {
  const names = ["localhost", "127.0.0.1", "::1"];
  if (host !== "0.0.0.0" && host !== "::") names.push(host.toLowerCase());
  if (publicUrl !== null) names.push(new URL(publicUrl).hostname.replace(/^\[|\]$/g, ""));
  return [...new Set([...names, ...certificateNames])];
}

/** Writes a file so that a reader gets all of it or none, even after a crash. */
function writeFileAtomic(file: string, content: string, mode: number): void {
  writeFileSync(`${file}.new`, content, { mode });
  renameSync(`${file}.new`, file);
}

function tryOrNull<Result>(action: () => Result): Result | null {
  try {
    return action();
  } catch {
    return null;
  }
}
