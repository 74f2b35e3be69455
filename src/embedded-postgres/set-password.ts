/** Sets the password of a cluster that is not running. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { binaryPath } from "./binaries.ts";
import { ClusterError } from "./cluster-error.ts";
import { superuser } from "./create-cluster.ts";
import type { ClusterLocation } from "./location.ts";
import { runAs } from "./os-user.ts";

/** PostgreSQL's single-user mode needs no password. It ends with a checkpoint, when its input ends. */
export async function setPassword(
  { cluster, binaries, user }: Pick<ClusterLocation, "cluster" | "binaries" | "user">,
  password: string,
): Promise<void> {
  if (!/^[\w-]+$/.test(password))
    throw new ClusterError("The password of the database has invalid characters.");
  const options = ["-c", "shared_buffers=1MB", "-c", "fsync=off", "-c", "log_min_messages=fatal", "-j"];
  const postgres = spawn(
    binaryPath(binaries, "postgres"),
    ["--single", "-D", cluster, ...options, "postgres"],
    {
      ...runAs(user),
      detached: true,
      stdio: ["pipe", "ignore", "pipe"],
    },
  );
  // It may end before it has read the statement; the exit code says so.
  postgres.stdin.on("error", () => {});
  postgres.stdin.end(`alter role ${superuser} password '${password}';\n`);
  const ended = once(postgres, "close") as Promise<[number | null]>;
  const [[code], output] = await Promise.all([ended, text(postgres.stderr)]);
  // In this mode PostgreSQL reports a failed statement but exits with 0.
  if (code === 0 && !/ERROR|FATAL|PANIC/.test(output)) return;
  throw new ClusterError(
    `The password of the database could not be set: ${output.trim().replace(/\s+/g, " ")}`,
  );
}
