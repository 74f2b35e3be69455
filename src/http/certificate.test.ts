import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtempDisposableSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { connect, type ConnectionOptions, createServer } from "node:tls";
import { msPerDay } from "../core/clock.ts";
import { SettingError } from "../config/parsers.ts";
import { loadCertificate } from "./certificate.ts";

const today = new Date();
const inDays = (days: number) => new Date(today.getTime() + days * msPerDay);

function createDataFolder() {
  const folder = mkdtempDisposableSync(join(tmpdir(), "certificate-"));
  const settings = {
    dataDir: folder.path,
    host: "127.0.0.1",
    publicUrl: null,
    httpsCert: null,
    httpsKey: null,
    certificateNames: [],
  };
  const file = (name: string) => join(folder.path, name);
  return { settings, file, [Symbol.dispose]: () => folder.remove() };
}

test("a client that trusts ca.pem can connect by every name of the server", async () => {
  using data = createDataFolder();
  const { caPath, ...pair } = await loadCertificate(
    { ...data.settings, host: "0.0.0.0", publicUrl: "https://pay.example.com/mpesa" },
    today,
  );
  assert.equal(caPath, data.file("ca.pem"));
  const server = createServer(pair);
  await once(server.listen(0, "127.0.0.1"), "listening");
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a server on a port has an address like this
  const { port } = server.address() as AddressInfo;
  const connectTo = async (options: ConnectionOptions) => {
    const socket = connect({ host: "127.0.0.1", port, ...options });
    await once(socket, "secureConnect");
    socket.destroy();
  };

  const ca = readFileSync(caPath);
  for (const servername of ["localhost", "pay.example.com"]) await connectTo({ ca, servername });
  await connectTo({ ca }); // by the address
  assert.equal(new X509Certificate(pair.cert).checkIP("::1"), "::1");
  await assert.rejects(connectTo({ ca, servername: "elsewhere.example.com" }), {
    code: "ERR_TLS_CERT_ALTNAME_INVALID",
  });
  await assert.rejects(connectTo({}), { code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE" });
  server.close();
});

test("key files are private, the authority's certificate is readable for all", async () => {
  using data = createDataFolder();
  await loadCertificate(data.settings, today);
  const mode = (name: string) => (statSync(data.file(name)).mode & 0o777).toString(8);

  assert.equal(mode("ca.pem"), "644");
  assert.equal(mode("ca-key.pem"), "600");
  assert.equal(mode("server.pem"), "600");
});

test("existing certificates are used again", async () => {
  using data = createDataFolder();
  const first = new X509Certificate((await loadCertificate(data.settings, today)).cert);
  const second = new X509Certificate((await loadCertificate(data.settings, inDays(300))).cert);

  assert.equal(second.serialNumber, first.serialNumber);
});

test("a certificate is renewed before it expires, and when the names change; the authority stays", async () => {
  using data = createDataFolder();
  const first = new X509Certificate((await loadCertificate(data.settings, today)).cert);
  const authority = readFileSync(data.file("ca.pem"), "utf8");
  const renewed = new X509Certificate((await loadCertificate(data.settings, inDays(380))).cert);
  const renamed = new X509Certificate(
    (await loadCertificate({ ...data.settings, host: "shop.test" }, inDays(380))).cert,
  );
  const back = new X509Certificate((await loadCertificate(data.settings, inDays(380))).cert);

  assert.notEqual(renewed.serialNumber, first.serialNumber);
  assert(renewed.validToDate > inDays(700));
  assert.equal(renamed.checkHost("shop.test"), "shop.test");
  assert.equal(back.checkHost("shop.test"), undefined);
  assert.equal(readFileSync(data.file("ca.pem"), "utf8"), authority);
});

test("CERTIFICATE_NAMES adds names, and a change issues a new certificate of the same authority", async () => {
  using data = createDataFolder();
  const load = async (certificateNames: readonly string[]) =>
    new X509Certificate((await loadCertificate({ ...data.settings, certificateNames }, today)).cert);
  const plain = await load([]);
  const authority = new X509Certificate(readFileSync(data.file("ca.pem")));
  const named = await load(["sandbox.safaricom.co.ke", "openapi.m-pesa.com"]);
  const same = await load(["sandbox.safaricom.co.ke", "openapi.m-pesa.com"]);
  const fewer = await load(["openapi.m-pesa.com"]);

  assert.equal(plain.checkHost("sandbox.safaricom.co.ke"), undefined);
  for (const name of ["sandbox.safaricom.co.ke", "openapi.m-pesa.com", "localhost"])
    assert.equal(named.checkHost(name), name);
  assert.equal(same.serialNumber, named.serialNumber);
  assert.equal(fewer.checkHost("sandbox.safaricom.co.ke"), undefined);
  for (const certificate of [plain, named, fewer]) assert(certificate.verify(authority.publicKey));
});

test("an authority that expires soon is replaced, together with the certificate", async () => {
  using data = createDataFolder();
  await loadCertificate(data.settings, today);
  const { cert } = await loadCertificate(data.settings, inDays(3_640));
  const authority = new X509Certificate(readFileSync(data.file("ca.pem")));

  assert(authority.validToDate > inDays(7_000));
  assert(new X509Certificate(cert).verify(authority.publicKey));
});

test("an incomplete authority is refused, and is replaced after both files are deleted", async () => {
  using data = createDataFolder();
  await loadCertificate(data.settings, today);
  rmSync(data.file("ca-key.pem"));

  await assert.rejects(loadCertificate(data.settings, today), /ca-key\.pem is not the key of .*ca\.pem/);

  rmSync(data.file("ca.pem"));
  const { cert } = await loadCertificate(data.settings, today);
  assert(new X509Certificate(cert).verify(new X509Certificate(readFileSync(data.file("ca.pem"))).publicKey));
});

test("the operator's own certificate is used unchanged, or refused with the name of the setting", async () => {
  using data = createDataFolder();
  using other = createDataFolder();
  const pair = await loadCertificate(data.settings, today);
  await loadCertificate(other.settings, today);
  writeFileSync(data.file("text"), "not a certificate");
  const loadOwn = (cert: string, key: string, now = today) =>
    loadCertificate({ ...data.settings, httpsCert: cert, httpsKey: key }, now);

  const ownFile = data.file("server.pem");
  const served = await loadOwn(ownFile, ownFile);
  assert.equal(served.caPath, null);
  assert.equal(
    new X509Certificate(served.cert).fingerprint256,
    new X509Certificate(pair.cert).fingerprint256,
  );

  // prettier-ignore
  const table = [
    [data.file("none"), ownFile,                    today,      /^HTTPS_CERT: .*cannot be read \(ENOENT\)/],
    [ownFile,              data.file("none"),       today,      /^HTTPS_KEY: .*cannot be read/],
    [data.file("text"), ownFile,                    today,      /^HTTPS_CERT: .*contains no PEM certificate/],
    [ownFile,              data.file("text"),       today,      /^HTTPS_KEY: .*contains no PEM private key/],
    [ownFile,              other.file("server.pem"), today,     /^HTTPS_KEY: .*is not the key of/],
    [ownFile,              ownFile,                    inDays(400), /^HTTPS_CERT: .*expired on/],
  ] as const;
  for (const [cert, key, now, message] of table) {
    await assert.rejects(
      loadOwn(cert, key, now),
      (error) => error instanceof SettingError && message.test(error.message),
    );
  }
});
