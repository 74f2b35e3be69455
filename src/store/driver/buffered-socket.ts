/**
 * The sockets that the driver uses. They buffer the writes of one turn of the event loop, and they report
 * that a connection was lost a little later than it happened.
 *
 * Buffering: the driver writes each statement separately, and every write wakes PostgreSQL, which then takes
 * the CPU on a machine with few cores. A batch has a dozen statements. Sent together they cost one wake-up.
 *
 * Delayed close: after a close the driver (3.4.9) drops its reference to the socket. A later write throws and
 * ends the process, and statements that the driver had queued corrupt the next connection. Both happen when
 * PostgreSQL crashes under load, because code that loses a statement sends `rollback`. So running queries
 * fail at once with `CONNECTION_CLOSED`, later writes are discarded, and `close` is emitted after a delay.
 */
import { Socket, type SocketConstructorOpts } from "node:net";

const options = {
  // More than a batch ever sends at once: the driver must not take buffering for back-pressure.
  writableHighWaterMark: 16 * 1024 * 1024,
  // The "end" handler below destroys the socket. Without this, Node would end it before the driver noticed.
  allowHalfOpen: true,
} as SocketConstructorOpts;

/** Callers react to the loss in the same turn of the event loop; the rest is a margin for slow turns. */
const closeDelayMs = 50;

/** After this time without a packet the system asks whether the other machine is still there. */
const keepAliveMs = 15_000;
/** How long PostgreSQL may leave sent bytes unread. A reply may take longer: that is a statement's deadline. */
const unreadTimeoutMs = 15_000;

/** Where PostgreSQL listens: a Unix socket's path, or a host and a port. */
export type SocketAddress = { readonly path: string } | { readonly host: string; readonly port: number };

/**
 * A socket that is connecting. Data written before it is connected is sent afterwards. A failure to connect
 * is an `error` event, as with the driver's own sockets.
 */
export function createBufferedSocket(address: SocketAddress): Socket {
  const socket = new Socket(options);
  delayClose(socket);
  bufferWrites(socket);
  return connectSocket(socket, address);
}

/** A socket that neither buffers nor delays, for TLS, which the driver adds to it. */
export function createPlainSocket(address: { readonly host: string; readonly port: number }): Socket {
  // The driver verifies the certificate of this host.
  return connectSocket(Object.assign(new Socket(), address), address);
}

function connectSocket(socket: Socket, address: SocketAddress): Socket {
  socket.setNoDelay(true);
  socket.setKeepAlive(true, keepAliveMs);
  socket.setTimeout(unreadTimeoutMs, () => {
    if (socket.writableLength > 0) socket.destroy(createConnectionLostError());
  });
  return socket.connect(address);
}

function bufferWrites(socket: Socket): void {
  const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
  let buffering = false;
  socket.write = (...args: unknown[]): boolean => {
    if (!buffering) {
      buffering = true;
      socket.cork();
      process.nextTick(() => {
        buffering = false;
        socket.uncork();
      });
    }
    return write(...args);
  };
}

function delayClose(socket: Socket): void {
  const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
  const emit = socket.emit.bind(socket) as (...args: unknown[]) => boolean;
  let lost = false;
  socket.once("end", () => socket.destroy());
  socket.write = (...args: unknown[]): boolean => lost || write(...args);
  socket.emit = ((...args: unknown[]): boolean => {
    if (args[0] !== "close" || socket.writableEnded) return emit(...args);
    if (lost) return true;
    lost = true;
    // A connection that was never established has already emitted its own error.
    if (socket.bytesRead > 0) emit("error", createConnectionLostError());
    setTimeout(() => emit("close", false), closeDelayMs);
    return true;
  }) as Socket["emit"];
}

const createConnectionLostError = (): Error =>
  Object.assign(new Error("the connection to PostgreSQL was lost"), { code: "CONNECTION_CLOSED" });
