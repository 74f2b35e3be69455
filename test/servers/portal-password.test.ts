/** `sandbox.json` has the sign-in of the sandbox's own developer while the local tools are on, and a server's output never has it. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { callPortal, toPageHeaders } from "../support/developers.ts";
import { createDataFolder, startServer } from "../support/server.ts";

interface PortalInfo {
  readonly url: string;
  readonly email: string;
  readonly password: string;
}

const readPortalInfo = (dataDir: string): PortalInfo | undefined =>
  (JSON.parse(readFileSync(join(dataDir, "sandbox.json"), "utf8")) as { readonly portal?: PortalInfo })
    .portal;

test("the password of sandbox.json signs in, stays after a restart, and needs the local tools", async () => {
  using folder = createDataFolder();
  let info: PortalInfo | undefined;
  {
    await using server = await startServer(folder.path);
    info = readPortalInfo(folder.path);
    assert(info !== undefined);
    const { url, email, password } = info;
    assert.equal(url, `${server.gateway}/app`);
    const target = { url: server.gateway };
    const reply = await callPortal(target, toPageHeaders(target), "POST", "/account/sign-in", {
      email,
      password,
    });
    assert.equal(reply.status, 200, JSON.stringify(reply.body));
    assert(!server.logLines.join("\n").includes(password), "it is in the output");
  }
  {
    await using server = await startServer(folder.path);
    assert.deepEqual(readPortalInfo(folder.path), { ...info, url: `${server.gateway}/app` });
  }
  await using server = await startServer(folder.path, undefined, { LOCAL_TOOLS: "off" });
  assert.equal(readPortalInfo(folder.path), undefined);
  const target = { url: server.gateway };
  const { email, password } = info;
  const reply = await callPortal(target, toPageHeaders(target), "POST", "/account/sign-in", {
    email,
    password,
  });
  assert.equal(reply.status, 401);
});
