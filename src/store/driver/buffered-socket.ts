/**
 * The driver's sockets: they send what one turn wrote in one piece, and outlive their connection by a moment.
 *
 * Gathering: the driver writes each statement by itself, and every write wakes PostgreSQL, which on a
 * machine with few cores then runs in our place. A batch has a dozen statements: gathered, they cost one
 * wake-up.
 *
 * Outliving: the driver (3.4.9) forgets its socket when it closes, and what it writes then ends the whole
 * process; what it had meant to write spoils the connection that comes after. Both happen when PostgreSQL
 * dies under load, since whoever loses a statement sends `rollback`. So queries in hand are told at once
 * that the connection is lost, what is written afterwards goes nowhere, and the driver hears of the end
 * once nobody has anything left to say.
 */
import { Socket, type SocketConstructorOpts } from "node:net";

const options = {
  // More than a batch ever sends at once: the driver must not take gathering for a slow receiver.
  writableHighWaterMark: 16 * 1024 * 1024,
  // When PostgreSQL ends the connection we end it too, below. Node would do so before anybody heard of it.
  allowHalfOpen: true,
} as SocketConstructorOpts;

/** Whoever hears of the loss answers it in the same turn; the rest is for turns that are late. */
const closeDelayMs = 50;

/** Where PostgreSQL listens: a Unix socket's path, or a host and a port. */
export type SocketAddress = { readonly path: string } | { readonly host: string; readonly port: number };

/**
 * A socket that is connecting. What is written meanwhile is sent once it is connected; that it cannot
 * connect is told as an event, which is how the driver's own sockets do it.
 */
export function createBufferedSocket(address: SocketAddress): Socket {
  const socket = new Socket(options);
  delayClose(socket);
  bufferWrites(socket);
  socket.setNoDelay(true);
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
    // A connection that never came about has told so itself.
    if (socket.bytesRead > 0) emit("error", createConnectionLostError());
    setTimeout(() => emit("close", false), closeDelayMs);
    return true;
  }) as Socket["emit"];
}

const createConnectionLostError = (): Error =>
  Object.assign(new Error("the connection to PostgreSQL was lost"), { code: "CONNECTION_CLOSED" });
