/**
 * The secrets of an environment: the key pairs for bearers and for operators' passwords, and the keys for public ids,
 * MSISDN tokens, PINs and the hashes of passwords. They are generated at the first start and stored sealed in the database,
 * so that every server has the same ones.
 */
import { createPrivateKey, createPublicKey, generateKeyPair, randomBytes, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import type { Environment } from "../core/markets.ts";
import type { Sql } from "../store/driver/connect.ts";
import { insertSecret, readSecret, readSecrets, type SecretRow } from "../store/main/secrets.ts";
import { createInitiatorKey, formatCertificate } from "./initiator-key.ts";
import { seal, unseal } from "./seal.ts";

export interface EnvironmentSecrets {
  readonly privateKey: KeyObject;
  /** SubjectPublicKeyInfo in DER and base64, as in M-Pesa's portal. */
  readonly publicKey: string;
  /** For `createPublicIds`. */
  readonly publicIdKey: Buffer;
  /** For MSISDN tokens. */
  readonly tokenKey: Buffer;
  /** For the hashes of customers' PINs. */
  readonly pinKey: Buffer;
  /** For the hashes of API operators' passwords. */
  readonly operatorPasswordKey: Buffer;
  /** Decrypts what callers encrypt with `initiatorCertificate`: the passwords of API operators. */
  readonly initiatorKey: KeyObject;
  /** PEM. */
  readonly initiatorCertificate: string;
}

const bearerBits = 4096;

/** Reads the environment's secrets and generates the missing ones. Throws `DecryptionError` for a wrong key. */
export async function loadSecrets(
  sql: Sql,
  secretKey: Buffer,
  environment: Environment,
): Promise<EnvironmentSecrets> {
  const vault = { sql, secretKey, environment, stored: await readSecrets(sql, environment) };
  const [bearer, publicIdKey, tokenKey, pinKey, operatorPasswordKey, initiator] = await Promise.all([
    loadOrCreate(vault, "bearer", createKeyPair),
    loadOrCreate(vault, "wire", createRandomKey),
    loadOrCreate(vault, "token", createRandomKey),
    loadOrCreate(vault, "pin", createRandomKey),
    loadOrCreate(vault, "operator-password", createRandomKey),
    loadOrCreateKey(vault, "initiator", () => createInitiatorKey(environment)),
  ]);
  const privateKey = createPrivateKey({ key: bearer, format: "der", type: "pkcs8" });
  const publicKey = createPublicKey(privateKey).export({ format: "der", type: "spki" }).toString("base64");
  return {
    privateKey,
    publicKey,
    publicIdKey,
    tokenKey,
    pinKey,
    operatorPasswordKey,
    initiatorKey: createPrivateKey({ key: initiator.secret, format: "der", type: "pkcs8" }),
    initiatorCertificate: formatCertificate(initiator.public ?? Buffer.alloc(0)),
  };
}

/** The token of `/control/v1`: 32 random bytes, the same for every server. */
export const getOrCreateControlToken = (sql: Sql, secretKey: Buffer): Promise<string> =>
  getOrCreateSecret(sql, secretKey, "sandbox", "control-token", () => randomBytes(32).toString("base64url"));

/** Reads a text secret, or generates it with `create`. Every server gets the same text. */
export async function getOrCreateSecret(
  sql: Sql,
  secretKey: Buffer,
  environment: Environment,
  name: string,
  create: () => string,
): Promise<string> {
  const row = await readSecret(sql, environment, name);
  const stored = new Map(row === undefined ? [] : [[name, row] as const]);
  const secret = await loadOrCreate({ sql, secretKey, environment, stored }, name, async () => ({
    secret: Buffer.from(create(), "utf8"),
    public: null,
  }));
  return secret.toString("utf8");
}

interface StoredKey {
  readonly secret: Buffer;
  /** The public half of a key pair, or its certificate. */
  readonly public: Buffer | null;
}

interface Vault {
  readonly sql: Sql;
  readonly secretKey: Buffer;
  readonly environment: Environment;
  /** What the database has already, by name. */
  readonly stored: ReadonlyMap<string, SecretRow>;
}

const loadOrCreate = async (vault: Vault, name: string, create: () => Promise<StoredKey>): Promise<Buffer> =>
  (await loadOrCreateKey(vault, name, create)).secret;

async function loadOrCreateKey(
  { sql, secretKey, environment, stored }: Vault,
  name: string,
  create: () => Promise<StoredKey>,
): Promise<StoredKey> {
  const purpose = `${environment}/${name}`;
  let row = stored.get(name);
  if (row === undefined) {
    const created = await create();
    const sealed = seal(secretKey, purpose, created.secret);
    await insertSecret(sql, environment, name, { sealed, public: created.public });
    // Another server may have been first.
    row = await readSecret(sql, environment, name);
  }
  if (row === undefined) throw new Error(`the secret ${purpose} was deleted while it was being read`);
  return { secret: unseal(secretKey, purpose, row.sealed), public: row.public };
}

async function createKeyPair() {
  const { privateKey, publicKey } = await promisify(generateKeyPair)("rsa", { modulusLength: bearerBits });
  return {
    secret: privateKey.export({ format: "der", type: "pkcs8" }),
    public: publicKey.export({ format: "der", type: "spki" }),
  };
}

async function createRandomKey() {
  return { secret: randomBytes(64), public: null };
}
