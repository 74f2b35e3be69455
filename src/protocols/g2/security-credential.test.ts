/** SecurityCredentials: made with the certificate, with another one, and in the forms that some programs make. */
import assert from "node:assert/strict";
import { constants, generateKeyPairSync, publicEncrypt, X509Certificate } from "node:crypto";
import { test } from "node:test";
import { createInitiatorKey, formatCertificate } from "../../vault/initiator-key.ts";
import { createPrivateKey } from "node:crypto";
import { encryptPassword } from "./security-credential.ts";
import { createCredentialDecryptor } from "./security-credential.ts";

const created = await createInitiatorKey("sandbox");
const certificate = formatCertificate(created.public);
const initiatorKey = createPrivateKey({ key: created.secret, format: "der", type: "pkcs8" });
const keys = { sandbox: { initiatorKey }, live: { initiatorKey } };
const strict = createCredentialDecryptor(keys, { lenient: false });
const lenient = createCredentialDecryptor(keys, { lenient: true });

test("the certificate is a PEM of an RSA key of 2048 bits, and its credentials have 344 characters", () => {
  const parsed = new X509Certificate(certificate);
  assert.equal(parsed.publicKey.asymmetricKeyDetails?.modulusLength, 2048);
  assert(parsed.checkPrivateKey(initiatorKey));
  assert.match(
    certificate,
    /^-----BEGIN CERTIFICATE-----\n(?:[A-Za-z0-9+/]{64}\n)+[A-Za-z0-9+/=]{1,64}\n-----END/,
  );
  assert.equal(encryptPassword(certificate, "Safaricom999!*!").length, 344);
});

test("a credential decrypts to its password, with any characters", () => {
  for (const password of ["Safaricom999!*!", "pass word#&%$", "p", "ßäø€", "x".repeat(100)]) {
    const credential = encryptPassword(certificate, password);
    assert.deepEqual(strict.decrypt("sandbox", credential), [password]);
    assert.deepEqual(strict.decrypt("sandbox", credential), [password], "from the cache");
  }
});

test("a credential that was made with another certificate is recognised", () => {
  for (let i = 0; i < 20; i += 1) {
    const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const foreign = publicEncrypt(
      { key: publicKey, padding: constants.RSA_PKCS1_PADDING },
      Buffer.from("Safaricom999!*!"),
    );
    // Random bytes can be a short text by chance. No password is that.
    const passwords = strict.decrypt("sandbox", foreign.toString("base64")) ?? [];
    assert(!passwords.includes("Safaricom999!*!"));
  }
  assert.equal(strict.decrypt("sandbox", Buffer.alloc(256, 255).toString("base64")), null);
});

test("a password in base64 or with a timestamp behind it is accepted only leniently", () => {
  const encoded = encryptPassword(certificate, Buffer.from("Safaricom999!*!").toString("base64"));
  const stamped = encryptPassword(certificate, "Safaricom999!*!20260101120000");
  for (const credential of [encoded, stamped]) {
    assert.equal(strict.decrypt("sandbox", credential)?.includes("Safaricom999!*!"), false);
    assert.equal(lenient.decrypt("sandbox", credential)?.includes("Safaricom999!*!"), true);
  }
});
