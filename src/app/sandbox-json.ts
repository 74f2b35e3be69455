/**
 * `sandbox.json`: the addresses and keys that a client or a test needs, written when the server is ready. Also prints
 * the addresses.
 */
import { rmSync } from "node:fs";
import { isAbsolute, join, relative } from "node:path";
import { writeFileAtomic } from "../core/atomic-write.ts";
import type { Config } from "../config/settings.ts";
import type { RunningServer } from "../http/server.ts";
import type { App } from "./app.ts";
import type { ProtocolName } from "../protocols/protocol.ts";
import { defaultProtocol } from "../protocols/registry.ts";
import { printReady } from "./startup-output.ts";

export interface ServerInfo {
  readonly config: Config;
  readonly server: RunningServer;
  /** The ports of protocols with a listener of their own in live; null if it is off. */
  readonly livePorts: Readonly<Record<"daraja" | "soap", number | null>>;
  readonly app: Pick<App, "controlToken" | "sandboxInfo">;
  /** Null if the certificate is the operator's own, or there is none. */
  readonly caPath: string | null;
  /** When the start began, by `performance.now()`. */
  readonly startedAt: number;
}

/** The protocols whose sections have their URLs too, since their clients have one base URL. */
const darajaName: ProtocolName = "daraja";
const soapName: ProtocolName = "soap";

const sandboxJsonPath = (dataDir: string): string => join(dataDir, "sandbox.json");

/** The file exists only while the server is ready. */
export function removeSandboxJson({ dataDir }: Pick<Config, "dataDir">): void {
  rmSync(sandboxJsonPath(dataDir), { force: true });
}

export function writeSandboxJson(info: ServerInfo): void {
  const { config, server, app, caPath, startedAt, livePorts } = info;
  const { host, dataDir } = config;
  const gateway = config.publicUrl ?? `http://${toUrlHost(host)}:${server.http.port}`;
  const httpsUrl = server.https === null ? null : `https://${toUrlHost(host)}:${server.https.port}`;
  const file = sandboxJsonPath(dataDir);
  const urls = { url: gateway, ...(httpsUrl === null ? {} : { tlsUrl: httpsUrl, ca: caPath }) };
  const daraja = { ...urls, ...app.sandboxInfo[darajaName] };
  const soap = { ...urls, ...app.sandboxInfo[soapName] };
  const toLiveAddress = (port: number): string => `${toUrlHost(host)}:${port}`;
  const describeLive = (name: string, port: number | null) =>
    port === null
      ? {}
      : { [name]: { url: `http://${toLiveAddress(port)}`, tlsUrl: `https://${toLiveAddress(port)}` } };
  const formatLive = (port: number | null): string =>
    port === null ? "" : `   (live: ${toLiveAddress(port)})`;
  const content = {
    gateway,
    ...(httpsUrl === null ? {} : { gatewayTls: { url: httpsUrl, ca: caPath } }),
    control: { url: `${gateway}/control/v1`, token: app.controlToken },
    // Older clients read OpenAPI v2's section from here.
    openapi: app.sandboxInfo[defaultProtocol.name] ?? {},
    daraja,
    ...describeLive("darajaLive", livePorts.daraja),
    soap,
    ...describeLive("soapLive", livePorts.soap),
    protocols: { ...app.sandboxInfo, [darajaName]: daraja, [soapName]: soap },
  };
  writeFileAtomic(file, `${JSON.stringify(content, null, 2)}\n`, 0o600);

  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  const trustNote = caPath === null ? "" : `   (trust ${toRelativePath(caPath)})`;
  const lines = [
    `Pesarail is ready after ${seconds} s.`,
    "",
    `  Gateway      ${gateway}/sandbox/ipg/v2/{market}/…   (live: /openapi/ipg/v2/{market}/…)`,
    `  Daraja       ${gateway}/mpesa/…${formatLive(livePorts.daraja)}`,
    `  SOAP Broker  ${gateway}/mminterface/…${formatLive(livePorts.soap)}`,
    ...(httpsUrl === null ? [] : [`  With TLS     ${httpsUrl}${trustNote}`]),
    `  Keys         ${toRelativePath(file)}`,
    `  API          ${gateway}/openapi.json`,
    `  Health       ${gateway}/health/ready   ${gateway}/metrics`,
    "",
    "Press Ctrl-C to stop.",
  ];
  // Without the keys: output may be logged, and only the file's owner may read the file.
  const {
    control: _secret,
    openapi: _keys,
    daraja: _darajaKeys,
    soap: _soapKeys,
    protocols: _protocols,
    ...publicContent
  } = content;
  printReady(lines, {
    ready: true,
    ...publicContent,
    control: { url: content.control.url },
    sandboxFile: file,
  });
}

/** A path relative to the working directory if it is inside it, otherwise absolute. */
function toRelativePath(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith("..") || isAbsolute(short) ? path : short;
}

/** The host of a listening address in a URL. A wildcard becomes the loopback address. */
function toUrlHost(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  if (host === "::") return "[::1]";
  return host.includes(":") ? `[${host}]` : host;
}
