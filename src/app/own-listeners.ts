/**
 * The listeners that serve one protocol alone: a port for each of its calls.
 *
 * A port that cannot be listened on disables its listener and never stops the server. All ports of a protocol have one
 * server. Its connections count in the limits of the process.
 */
import type { Logger } from "pino";
import type { Environment } from "../core/markets.ts";
import { createFirstByteServer, type FirstByteServer } from "../http/first-byte-listener.ts";
import { ListenError } from "../http/server.ts";
import type { OwnPort, ProtocolName } from "../protocols/protocol.ts";
import type { OwnServer } from "./routes.ts";

/** The running listeners of a protocol. */
export interface RunningOwnListeners extends Omit<FirstByteServer, "listen"> {
  readonly protocol: ProtocolName;
  readonly environment: Environment;
  /** The port of each listener; null if it is off or its port is in use. */
  readonly ports: Readonly<Record<string, number | null>>;
}

export interface OwnListenerOptions {
  readonly host: string;
  /** Read only if there is a listener. */
  readonly loadCertificate: () => Promise<{ readonly cert: string; readonly key: string }>;
  readonly log: Pick<Logger, "warn">;
}

/** Null if all listeners are off. */
export async function startOwnListeners(
  { protocol, listeners, create }: OwnServer,
  { host, loadCertificate, log }: OwnListenerOptions,
): Promise<RunningOwnListeners | null> {
  const wanted = listeners.ports.flatMap(({ port, ...names }) => (port === null ? [] : [{ ...names, port }]));
  if (wanted.length === 0) return null;
  const certificate = await loadCertificate().catch((error: unknown) => {
    log.warn({ err: error }, `the listeners of ${protocol} are off, because they have no certificate`);
    return null;
  });
  if (certificate === null) return null;
  const { cert, key } = certificate;
  const listening: Record<string, number> = {};
  const { listen, ...server } = await createFirstByteServer(
    create(() => listening),
    { cert, key },
  );
  const refused: (OwnPort & { readonly reason: string })[] = [];
  for (const listener of wanted) {
    try {
      listening[listener.name] = (await listen({ host, ...listener })).port;
    } catch (error) {
      if (!(error instanceof ListenError)) throw error;
      refused.push({ ...listener, reason: error.message });
    }
  }
  if (refused.length > 0) log.warn(describeRefusedPorts(refused));
  const ports = Object.fromEntries(listeners.ports.map(({ name }) => [name, listening[name] ?? null]));
  return { ...server, protocol, environment: listeners.environment, ports };
}

/** One sentence for all of them: usually, another server of this machine has all ports. */
function describeRefusedPorts(refused: readonly (OwnPort & { readonly reason: string })[]): string {
  const names = refused.map(({ setting, port }) => `${setting} (${port})`).join(", ");
  return `these listeners are off, and the server runs without them: ${names}. ${refused[0]?.reason} Set the ports to 0 for free ones, or to off.`;
}
