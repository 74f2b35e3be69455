/**
 * Java's HTTP client prefers HTTP/2: over plain HTTP it asks for `Upgrade: h2c`. The server ignores that and answers with
 * HTTP/1.1, on the main port and on the port of live.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { after, before, test } from "node:test";
import {
  createCertificateAuthority,
  issueServerCertificate,
} from "../../../src/http/certificate-authority.ts";
import { listenByFirstByte, type FirstByteListener } from "../../../src/http/first-byte-listener.ts";
import {
  basic,
  createDarajaApplication,
  createDarajaClient,
  stkFields,
  type DarajaKeys,
} from "../../support/daraja.ts";
import { createTestSandbox, encryptTo, readPublicKey, type TestSandbox } from "../../support/sandbox.ts";

let sandbox: TestSandbox;
let live: FirstByteListener;
let liveKeys: DarajaKeys;

before(async () => {
  sandbox = await createTestSandbox();
  const authority = await createCertificateAuthority(new Date());
  const certificate = await issueServerCertificate(authority, ["127.0.0.1"], new Date());
  live = await listenByFirstByte(sandbox.platform.createLiveServer("daraja"), {
    host: "127.0.0.1",
    port: 0,
    ...certificate,
    setting: "DARAJA_LIVE_PORT",
  });
  liveKeys = await createDarajaApplication(sandbox, ["darajaExpress"], "live");
});
after(async () => {
  await live.close({ drainTimeoutMs: 1000 });
  await sandbox[Symbol.asyncDispose]();
});

const upgrade = ["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAEAAEAAAAIAAAAB"];

/** Sends requests one after the other on one connection, and returns their responses. */
async function exchange(
  port: number,
  requests: readonly { readonly lines: readonly string[]; readonly body?: string }[],
): Promise<{ readonly head: string; readonly body: string }[]> {
  const socket = connect({ host: "127.0.0.1", port });
  await once(socket, "connect");
  let received = "";
  socket.setEncoding("utf8").on("data", (chunk: string) => (received += chunk));
  const responses: { head: string; body: string }[] = [];
  for (const { lines, body = "" } of requests) {
    const length = body === "" ? [] : [`Content-Length: ${Buffer.byteLength(body)}`];
    socket.write([...lines, "Host: 127.0.0.1", ...length, ...upgrade, "", body].join("\r\n"));
    for (;;) {
      const [head = "", rest] = received.split("\r\n\r\n");
      const expected = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? NaN);
      if (rest !== undefined && Buffer.byteLength(rest) >= expected) {
        responses.push({ head, body: rest });
        received = "";
        break;
      }
      await Promise.race([once(socket, "data"), failAfterTimeout()]);
    }
  }
  socket.destroy();
  return responses;
}

async function failAfterTimeout(): Promise<never> {
  await new Promise((resolve) => setTimeout(resolve, 10_000).unref());
  throw new Error("no response within 10 s");
}

async function pushWithUpgrade(port: number, keys: DarajaKeys): Promise<string[]> {
  const path = "/oauth/v1/generate?grant_type=client_credentials";
  const [token] = await exchange(port, [
    { lines: [`GET ${path} HTTP/1.1`, `Authorization: ${basic(keys)}`] },
  ]);
  const { access_token: bearer } = JSON.parse(token?.body ?? "{}") as { readonly access_token?: string };
  const body = JSON.stringify(stkFields({ CallBackURL: "https://shop.example/callback" }));
  const push = {
    lines: [
      "POST /mpesa/stkpush/v1/processrequest HTTP/1.1",
      `Authorization: Bearer ${bearer}`,
      "Content-Type: application/json",
    ],
    body,
  };
  const get = { lines: [`GET ${path} HTTP/1.1`, `Authorization: ${basic(keys)}`] };
  const responses = await exchange(port, [get, push, get]);
  for (const { head } of [token, ...responses].filter((response) => response !== undefined))
    assert.match(head, /^HTTP\/1\.1 (?!101)/);
  return responses.map(({ head, body: responseBody }) => `${head.split(" ")[1]} ${responseBody}`);
}

test("in the sandbox, a GET and a POST with a body are answered as without the header", async () => {
  const { keys } = createDarajaClient(sandbox);
  const [first, push, last] = await pushWithUpgrade(Number(new URL(sandbox.url).port), keys);
  assert.match(first ?? "", /^200 .*"access_token"/);
  assert.match(push ?? "", /^200 .*"ResponseCode":"0"/);
  assert.match(last ?? "", /^200 .*"access_token"/);
});

test("the same on the port of live", async () => {
  const [first, push, last] = await pushWithUpgrade(live.address.port, liveKeys);
  assert.match(first ?? "", /^200 .*"access_token"/);
  // The shortcode is no live organisation: the body was read.
  assert.match(push ?? "", /^500 .*"errorCode":"500.001.1001"/);
  assert.match(last ?? "", /^200 .*"access_token"/);
});

test("the same for OpenAPI v2", async () => {
  const { apiKey, publicKey } = sandbox.clientInfo;
  const bearer = encryptTo(readPublicKey(publicKey), apiKey);
  const [session] = await exchange(Number(new URL(sandbox.url).port), [
    {
      lines: [
        "GET /sandbox/ipg/v2/vodacomTZN/getSession/ HTTP/1.1",
        `Authorization: Bearer ${bearer}`,
        "Origin: *",
      ],
    },
  ]);
  assert.match(session?.body ?? "", /"output_ResponseCode":"INS-0"/);
});
