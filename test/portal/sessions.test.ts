/** Who the portal takes a request for: the session's developer, the local developer, or a stranger. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { callPortal, createDeveloper, toPageHeaders } from "../support/developers.ts";
import { createTestSandbox, type TestSandbox } from "../support/sandbox.ts";

let sandbox: TestSandbox;
before(async () => {
  sandbox = await createTestSandbox();
});
after(() => sandbox[Symbol.asyncDispose]());

test("a session wins over the local developer, whose applications it does not see", async () => {
  const developer = await createDeveloper(sandbox);
  const { body } = await developer.call("GET", "/session");
  assert.equal(body.developer.email, developer.email);
  assert.equal(body.developer.isLocal, false);
  assert.deepEqual((await developer.call("GET", "/applications")).body, { applications: [] });
  const local = await callPortal(sandbox, toPageHeaders(sandbox), "GET", "/session");
  assert.equal(local.body.developer.isLocal, true);
});

test("a session that never existed, or has ended, is that of no one", async () => {
  const developer = await createDeveloper(sandbox);
  const notLocal = { cookie: developer.headers["cookie"] ?? "" };
  assert.equal((await callPortal(sandbox, notLocal, "GET", "/applications")).status, 200);
  for (const change of [
    `update developer_sessions set used_at = now() - interval '15 days'`,
    `update developer_sessions set used_at = now(), expires_at = now() - interval '1 second'`,
  ]) {
    await sandbox.stores.main.unsafe(change);
    assert.equal((await callPortal(sandbox, notLocal, "GET", "/applications")).status, 401, change);
  }
  for (const token of ["", "x", "A".repeat(43), `${developer.token}x`]) {
    const reply = await callPortal(sandbox, { cookie: `pesarail_session=${token}` }, "GET", "/applications");
    assert.equal(reply.status, 401, token);
  }
});
