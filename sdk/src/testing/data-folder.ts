/**
 * A temporary data folder. It is removed when its server has ended, even if this process is killed.
 *
 * A killed process cannot clean up. So a separate shell does: it reads from a pipe that closes when this process ends,
 * waits for the server to stop, and removes the folder. A normal stop takes the same path, so that path is always
 * tested.
 */
import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface DataFolder {
  readonly path: string;
  readonly isTemporary: boolean;
  /** Removes the folder after this server process has ended, even if this process ends first. */
  removeAfterExit(pid: number): void;
  /** Removes the folder. Call it after the server has ended. */
  remove(): Promise<void>;
}

/** The caller's own folder, which is never removed. */
export const existingFolder = (path: string): DataFolder => ({
  path,
  isTemporary: false,
  removeAfterExit: () => {},
  remove: async () => {},
});

/**
 * $1 is the server's process ID, $2 the folder. If the server runs as root, its database may be in another folder,
 * which postgres.location names: the script removes that too. If the server does not end within a minute, the folder
 * stays.
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
  // If the server runs as root, PostgreSQL runs as another user, who needs access.
  chmodSync(path, 0o711);
  let cleanUp: (() => Promise<void>) | null = null;
  return {
    path,
    isTemporary: true,
    removeAfterExit(pid) {
      // Detached, so that Ctrl-C in the terminal does not reach the shell.
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
