/**
 * `sandbox.json`: everything a client or a test needs to begin, written whole at the moment the server
 * is ready; and the same in words, for the person who started it.
 */
import { rmSync } from "node:fs";
import { isAbsolute, join, relative } from "node:path";
import { writeFileWhole } from "./write-file.ts";
import type { Config } from "./config.ts";
import type { Listening } from "./http/server.ts";
import type { Platform } from "./platform.ts";
import { sayReady } from "./say.ts";

export interface Ready {
  readonly config: Config;
  readonly listening: Listening;
  readonly platform: Pick<Platform, "sandbox">;
  /** Null when the certificate is the operator's own, or there is none. */
  readonly caPath: string | null;
  /** When the start began, on the clock of `performance.now()`. */
  readonly startedAt: number;
}

const fileIn = (dataDir: string): string => join(dataDir, "sandbox.json");

/** The file is there while the server is ready, and at no other time. */
export function removeSandboxFile({ dataDir }: Pick<Config, "dataDir">): void {
  rmSync(fileIn(dataDir), { force: true });
}

export function publishSandbox({ config, listening, platform, caPath, startedAt }: Ready): void {
  const { host, dataDir } = config;
  const gateway = config.publicUrl ?? `http://${urlHost(host)}:${listening.http.port}`;
  const secure = listening.https === null ? null : `https://${urlHost(host)}:${listening.https.port}`;
  const file = fileIn(dataDir);
  const content = {
    gateway,
    ...(secure === null ? {} : { gatewayTls: { url: secure, ca: caPath } }),
    control: { url: `${gateway}/control/v1`, token: platform.sandbox.controlToken },
    openapi: platform.sandbox.openapi,
  };
  writeFileWhole(file, `${JSON.stringify(content, null, 2)}\n`, 0o600);

  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  const trust = caPath === null ? "" : `   (trust ${fromHere(caPath)})`;
  const lines = [
    `Pesarail is ready after ${seconds} s.`,
    "",
    `  Gateway      ${gateway}/sandbox/ipg/v2/{market}/…   (live: /openapi/ipg/v2/{market}/…)`,
    ...(secure === null ? [] : [`  With TLS     ${secure}${trust}`]),
    `  Keys, people ${fromHere(file)}`,
    `  Description  ${gateway}/openapi.json`,
    `  Health       ${gateway}/health/ready   ${gateway}/metrics`,
    "",
    "Ctrl-C stops it.",
  ];
  // Without the keys: what is printed ends up in logs, and the file is its owner's alone.
  const { control: _secret, openapi: _keys, ...places } = content;
  sayReady(lines, { ready: true, ...places, control: { url: content.control.url }, sandboxFile: file });
}

/** A path as whoever started us would type it: short where it is below the folder that they are in. */
function fromHere(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith("..") || isAbsolute(short) ? path : short;
}

/** A listening address as a URL names it: a wildcard is reached by the loopback address. */
function urlHost(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  if (host === "::") return "[::1]";
  return host.includes(":") ? `[${host}]` : host;
}
