/**
 * A data folder that goes when the server on it has ended, however that came about.
 *
 * A test process that crashes or is killed cannot tidy up. So a shell waits beside it: it holds the end of a pipe
 * that closes when we are gone, waits for the server (which hears of it too, and stops), and removes the folder.
 * Stopping in good order goes the same way, so it is the way that is tried every day.
 */
import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface DataFolder {
  readonly path: string;
  /** Names the server whose end is waited for, wherever this process ends. */
  removeAfterExit(pid: number): void;
  /** Removes it; the server has ended. */
  remove(): Promise<void>;
}

/** A folder of yours stays as it is. */
export const existingFolder = (path: string): DataFolder => ({
  path,
  removeAfterExit: () => {},
  remove: async () => {},
});

/**
 * $1 is the server's process, $2 the folder. Under root its database may have had to go elsewhere, and a record
 * says where: it goes along. A server that does not end within a minute keeps its folder.
 */
const script = `
cat > /dev/null
n=0
while kill -0 "$1" 2> /dev/null; do
  n=$((n + 1))
  [ "$n" -gt 600 ] && exit 1
  sleep 0.1
done
[ -s "$2/postgres.location" ] && rm -rf -- "$(cat "$2/postgres.location")"
rm -rf -- "$2"
`;

export function createTemporaryFolder(): DataFolder {
  const path = mkdtempSync(join(realpathSync(tmpdir()), "pesarail-sandbox-"));
  // As root, PostgreSQL runs as another user, who must be able to pass.
  chmodSync(path, 0o711);
  let cleanUp: (() => Promise<void>) | null = null;
  return {
    path,
    removeAfterExit(pid) {
      // Not in our group: Ctrl-C in a terminal is not for it.
      const shell = spawn("/bin/sh", ["-c", script, "sh", String(pid), path], {
        cwd: "/",
        detached: true,
        stdio: ["pipe", "ignore", "ignore"],
      });
      const exited = new Promise<void>((resolve) =>
        shell.once("exit", () => resolve()).once("error", () => resolve()),
      );
      shell.unref();
      cleanUp = async () => {
        shell.ref();
        shell.stdin.end();
        await exited;
      };
    },
    async remove() {
      await cleanUp?.();
      rmSync(path, { recursive: true, force: true });
    },
  };
}
