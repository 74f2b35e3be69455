/**
 * Clients with M-Pesa's host names built in: CERTIFICATE_NAMES adds the names to the certificate, and a client that trusts
 * the local authority calls them as it calls M-Pesa.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, test } from "node:test";
import { connect } from "node:tls";
import { createTestDatabase } from "../support/cluster.ts";
import { basic, stkFields, type DarajaKeys } from "../support/daraja.ts";
import { Installation } from "../support/installation.ts";
import { encryptTo, readPublicKey, type SandboxClientInfo } from "../support/sandbox.ts";
import { createDataFolder, startServer } from "../support/server.ts";

const darajaHost = "sandbox.safaricom.co.ke";
const openapiHost = "openapi.m-pesa.com";

interface SandboxJson {
  readonly gatewayTls: { readonly url: string; readonly ca: string };
  readonly openapi: SandboxClientInfo;
  readonly daraja: DarajaKeys;
}

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let folder: ReturnType<typeof createDataFolder>;
/** What a client was given before the first start with these names, and does not read again. */
let authority: string;

before(async () => {
  database = await createTestDatabase();
  folder = createDataFolder();
  await withNames("", () => {
    authority = readFileSync(readSandboxJson().gatewayTls.ca, "utf8");
  });
});
after(async () => {
  await database[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

/** Runs the server with these names meanwhile. */
async function withNames(names: string, work: () => Promise<void> | void): Promise<void> {
  await using server = await startServer(folder.path, database.url, {
    HTTPS_PORT: "0",
    CERTIFICATE_NAMES: names,
  });
  await work();
  assert.equal(await server.stop(), 0);
}

const readSandboxJson = (): SandboxJson =>
  JSON.parse(readFileSync(join(folder.path, "sandbox.json"), "utf8")) as SandboxJson;

const getPort = (): number => Number(new URL(readSandboxJson().gatewayTls.url).port);

interface HttpsCall {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
}

/** A request to a host that the hosts file leads to this machine. */
async function call(
  host: string,
  path: string,
  { method = "GET", headers = {}, body }: HttpsCall = {},
): Promise<{ readonly status: number; readonly body: Readonly<Record<string, unknown>> }> {
  const outgoing = request({
    host,
    port: getPort(),
    path,
    method,
    headers,
    ca: authority,
    agent: false,
    lookup: (_name, _options, callback) => callback(null, [{ address: "127.0.0.1", family: 4 }]),
  });
  outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  const [response] = (await once(outgoing, "response")) as [import("node:http").IncomingMessage];
  return {
    status: response.statusCode ?? 0,
    body: JSON.parse(await text(response)) as Readonly<Record<string, unknown>>,
  };
}

const getToken = (host: string) =>
  call(host, "/oauth/v1/generate?grant_type=client_credentials", {
    headers: { authorization: basic(readSandboxJson().daraja) },
  });

test("a client that trusts only the authority gets a token and pushes at M-Pesa's own host name", () =>
  withNames(`${darajaHost}, ${openapiHost}`, async () => {
    const token = await getToken(darajaHost);
    assert.equal(token.status, 200, JSON.stringify(token.body));
    const push = await call(darajaHost, "/mpesa/stkpush/v1/processrequest", {
      method: "POST",
      headers: {
        authorization: `Bearer ${String(token.body["access_token"])}`,
        "content-type": "application/json",
      },
      body: stkFields(),
    });
    assert.equal(push.status, 200, JSON.stringify(push.body));
    assert.equal(push.body["ResponseCode"], "0");

    const { apiKey, publicKey } = readSandboxJson().openapi;
    const session = await call(openapiHost, "/sandbox/ipg/v2/vodacomTZN/getSession/", {
      headers: { authorization: `Bearer ${encryptTo(readPublicKey(publicKey), apiKey)}`, origin: "*" },
    });
    assert.equal(session.body["output_ResponseCode"], "INS-0");
  }));

test("other names are refused by the client, and a change of the setting takes effect at the next start", async () => {
  await withNames(darajaHost, async () => {
    assert.equal((await getToken(darajaHost)).status, 200);
    await assert.rejects(getToken(openapiHost), { code: "ERR_TLS_CERT_ALTNAME_INVALID" });
  });
  await withNames(openapiHost, async () => {
    assert.equal((await getToken(openapiHost)).status, 200);
    await assert.rejects(getToken(darajaHost), { code: "ERR_TLS_CERT_ALTNAME_INVALID" });
    assert.equal((await getToken("localhost")).status, 200);
    assert.equal(readFileSync(readSandboxJson().gatewayTls.ca, "utf8"), authority);
  });
});

test("a client that prefers HTTP/2 gets HTTP/1.1", () =>
  withNames(darajaHost, async () => {
    const socket = connect({
      host: "127.0.0.1",
      port: getPort(),
      servername: darajaHost,
      ca: authority,
      ALPNProtocols: ["h2", "http/1.1"],
    });
    await once(socket, "secureConnect");
    assert.equal(socket.alpnProtocol, "http/1.1");
    socket.destroy();
  }));

test("a name that is none stops the start with one line", async () => {
  await using installation = new Installation({
    DATABASE_URL: database.url,
    CERTIFICATE_NAMES: `${darajaHost},https://${openapiHost}`,
  });
  const { code, stderr } = await installation.runServer();
  assert.equal(code, 1, stderr);
  assert.match(stderr, /^pesarail: CERTIFICATE_NAMES contains "https:\/\/openapi\.m-pesa\.com", [^\n]+\n$/);
});
