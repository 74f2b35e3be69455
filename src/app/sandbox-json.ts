/**
 * `sandbox.json`: the addresses and keys that a client or a test needs, written when the server is ready. Also prints
 * the addresses.
 */
import { rmSync } from "node:fs";
import { isAbsolute, join, relative } from "node:path";
import { writeFileAtomic } from "../core/atomic-write.ts";
import type { Config } from "../config/settings.ts";
import { sandboxDeveloper } from "../developers/sandbox-developer.ts";
import type { RunningServer } from "../http/server.ts";
import type { App } from "./app.ts";
import type { RunningOwnListeners } from "./own-listeners.ts";
import type { ProtocolName } from "../protocols/protocol.ts";
import { defaultProtocol } from "../protocols/registry.ts";
import { printReady } from "./startup-output.ts";

export interface ServerInfo {
  readonly config: Config;
  readonly server: RunningServer;
  /** The ports of protocols with a live listener; null if it is off. */
  readonly livePorts: Readonly<Record<"daraja" | "soap", number | null>>;
  readonly ownListeners: readonly RunningOwnListeners[];
  readonly app: Pick<App, "controlToken" | "listOwnServers" | "sandboxInfo">;
  /** Of the sandbox's own developer; null if the local tools are off. */
  readonly portalPassword: string | null;
  /** Null if the certificate is the operator's own, or there is none. */
  readonly caPath: string | null;
  /** When the start began, by `performance.now()`. */
  readonly startedAt: number;
}

/** The protocols whose sections have their URLs too, since their clients have one base URL. */
const darajaName: ProtocolName = "daraja";
const ipgV1Name: ProtocolName = "ipg-v1";
const soapName: ProtocolName = "soap";

const sandboxJsonPath = (dataDir: string): string => join(dataDir, "sandbox.json");

/** The file exists only while the server is ready. */
export function removeSandboxJson({ dataDir }: Pick<Config, "dataDir">): void {
  rmSync(sandboxJsonPath(dataDir), { force: true });
}

export function writeSandboxJson(info: ServerInfo): void {
  const { config, server, app, caPath, startedAt, livePorts, portalPassword } = info;
  const { host, dataDir } = config;
  const gateway = config.publicUrl ?? `http://${toUrlHost(host)}:${server.http.port}`;
  const httpsUrl = server.https === null ? null : `https://${toUrlHost(host)}:${server.https.port}`;
  const file = sandboxJsonPath(dataDir);
  const urls = { url: gateway, ...(httpsUrl === null ? {} : { tlsUrl: httpsUrl, ca: caPath }) };
  const daraja = { ...urls, ...app.sandboxInfo[darajaName] };
  const ipgV1Listeners = info.ownListeners.find(({ protocol }) => protocol === ipgV1Name);
  const ipgV1 = {
    ...urls,
    ports: listPorts(app, ipgV1Listeners?.environment === "sandbox" ? ipgV1Listeners.ports : {}),
    ...app.sandboxInfo[ipgV1Name],
  };
  const soap = addLnmoUrl({ ...urls, ...app.sandboxInfo[soapName] }, gateway);
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
    ...(portalPassword === null
      ? {}
      : { portal: { url: `${gateway}/app`, email: sandboxDeveloper.email, password: portalPassword } }),
    // Older clients read OpenAPI v2's section from here.
    openapi: app.sandboxInfo[defaultProtocol.name] ?? {},
    daraja,
    ...describeLive("darajaLive", livePorts.daraja),
    ipgV1,
    ...(ipgV1Listeners?.environment === "live" ? { ipgV1Live: { ports: ipgV1Listeners.ports } } : {}),
    soap,
    ...describeLive("soapLive", livePorts.soap),
    protocols: { ...app.sandboxInfo, [darajaName]: daraja, [ipgV1Name]: ipgV1, [soapName]: soap },
  };
  writeFileAtomic(file, `${JSON.stringify(content, null, 2)}\n`, 0o600);

  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  const trustNote = caPath === null ? "" : `   (trust ${toRelativePath(caPath)})`;
  const lines = [
    `Pesarail is ready after ${seconds} s.`,
    "",
    `  Workspace    ${gateway}/app   (handsets: ${gateway}/handset)`,
    `  Gateway      ${gateway}/sandbox/ipg/v2/{market}/…   (live: /openapi/ipg/v2/{market}/…)`,
    `  Daraja       ${gateway}/mpesa/…${formatLive(livePorts.daraja)}`,
    `  IPG v1       ${gateway}/ipg/v1x/…${describePorts(ipgV1Listeners)}`,
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
    ipgV1: _ipgV1Keys,
    soap: _soapKeys,
    protocols: _protocols,
    portal: _portalPassword,
    ...publicContent
  } = content;
  printReady(lines, {
    ready: true,
    ...publicContent,
    control: { url: content.control.url },
    sandboxFile: file,
  });
}

/** The port of every call that a protocol has a listener for: null for those that are off. */
function listPorts(
  { listOwnServers }: Pick<App, "listOwnServers">,
  ports: RunningOwnListeners["ports"],
): RunningOwnListeners["ports"] {
  const own = listOwnServers().find(({ protocol }) => protocol === ipgV1Name);
  return Object.fromEntries((own?.listeners.ports ?? []).map(({ name }) => [name, ports[name] ?? null]));
}

function describePorts(listeners: RunningOwnListeners | undefined): string {
  const ports = Object.values(listeners?.ports ?? {}).filter((port) => port !== null);
  if (listeners === undefined || ports.length === 0) return "";
  return `   (${listeners.environment === "live" ? "live: " : ""}ports ${ports.join(", ")})`;
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

/** Its clients have the address of the service, not that of the server. */
const addLnmoUrl = <T extends object>(
  soap: T & { readonly lnmo?: { readonly path: string } },
  gateway: string,
) => (soap.lnmo === undefined ? soap : { ...soap, lnmo: { url: gateway + soap.lnmo.path, ...soap.lnmo } });
