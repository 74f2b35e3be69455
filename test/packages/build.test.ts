/** The builds that `npm pack` runs, in a clone where only `npm start` ran: it installs no compilers. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

/** A clone with the state that `npm start` leaves, and an npm that writes its arguments to a file and then fails. */
function createStartedClone(): { path: string; readNpmCalls(): string; [Symbol.dispose](): void } {
  const path = mkdtempSync(join(tmpdir(), "pesarail-clone-"));
  for (const name of ["tools", "bin", "package-lock.json"])
    cpSync(name, join(path, name), { recursive: true });
  mkdirSync(join(path, "node_modules/.bin"), { recursive: true });
  symlinkSync(process.execPath, join(path, "node_modules/.bin/node"));
  const fingerprint = createHash("sha256")
    .update(readFileSync("package-lock.json"))
    .update(`${process.platform}-${process.arch}`)
    .digest("hex");
  writeFileSync(join(path, "node_modules/.pesarail-installed"), JSON.stringify({ fingerprint, dev: false }));
  mkdirSync(join(path, "programs"));
  writeFileSync(join(path, "programs/npm"), `#!/bin/sh\necho "$@" >> ${path}/npm-calls\nexit 1\n`, {
    mode: 0o755,
  });
  return {
    path,
    readNpmCalls: () => readFileSync(join(path, "npm-calls"), "utf8"),
    [Symbol.dispose]: () => rmSync(path, { recursive: true }),
  };
}

for (const build of ["build-server.mjs", "build-sdk.mjs"]) {
  test(`${build} installs the compilers if only the server's dependencies are installed`, () => {
    using clone = createStartedClone();
    const { status, stderr } = spawnSync(process.execPath, [join(clone.path, "tools", build)], {
      encoding: "utf8",
      env: { PATH: `${join(clone.path, "programs")}:/usr/bin:/bin` },
    });
    assert.match(clone.readNpmCalls(), /^install .*--include=dev$/m);
    assert.equal(status, 1);
    assert.match(stderr, /^pesarail: npm install failed \(code 1\)\. See its output above\.$/m);
  });
}
