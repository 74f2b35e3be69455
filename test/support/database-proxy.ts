/** A TCP port in front of PostgreSQL's socket, which can fall silent while its connections stay open. */
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import type { SocketAddress } from "./cluster.ts";

export interface DatabaseProxy {
  /** The database through this port. */
  readonly url: string;
  /** Nothing passes any more, or only what clients send. Connections stay open, and new ones are accepted. */
  fallSilent(direction?: "both" | "replies"): void;
  /** The replies do not pass any more from the moment that a client sends bytes that match. */
  silenceRepliesAfter(matches: (sent: Buffer) => boolean): void;
  /** Everything passes again, also what arrived in the meantime. */
  resume(): void;
  close(): Promise<void>;
}

/** Without a port, the system chooses one. */
export async function startDatabaseProxy(address: SocketAddress, port = 0): Promise<DatabaseProxy> {
  const pairs = new Set<{ client: Socket; upstream: Socket }>();
  let silent: "both" | "replies" | null = null;
  let awaited: ((sent: Buffer) => boolean) | null = null;
  const apply = ({ client, upstream }: { client: Socket; upstream: Socket }): void => {
    client.unpipe(upstream).pause();
    upstream.unpipe(client).pause();
    if (silent !== "both") client.pipe(upstream);
    if (silent === null) upstream.pipe(client);
  };
  const server = createServer((client) => {
    const { host, port: databasePort } = address;
    const upstream = host.startsWith("/")
      ? connect(`${host}/.s.PGSQL.${databasePort}`)
      : connect(databasePort, host);
    const pair = { client, upstream };
    pairs.add(pair);
    client.on("data", (sent) => {
      if (awaited?.(Buffer.from(sent)) !== true) return;
      awaited = null;
      silent = "replies";
      for (const each of pairs) apply(each);
    });
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      socket.on("error", () => {});
      socket.once("close", () => {
        pairs.delete(pair);
        // A client that gives up is gone, but PostgreSQL still gets what it sent.
        if (silent === null) other.destroy();
        else other.end();
      });
    }
    apply(pair);
  }).listen(port, "127.0.0.1");
  await once(server, "listening");
  const { username, password, database } = address;
  return {
    url: `postgres://${username}:${password}@127.0.0.1:${(server.address() as AddressInfo).port}/${database}`,
    fallSilent(direction = "both") {
      silent = direction;
      for (const pair of pairs) apply(pair);
    },
    silenceRepliesAfter(matches) {
      awaited = matches;
    },
    resume() {
      silent = null;
      awaited = null;
      for (const pair of pairs) apply(pair);
    },
    async close() {
      for (const { client, upstream } of pairs) {
        client.destroy();
        upstream.destroy();
      }
      server.close();
      await once(server, "close");
    },
  };
}
