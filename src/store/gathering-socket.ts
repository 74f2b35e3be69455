/**
 * A socket that sends what one turn wrote in one piece.
 *
 * The driver writes each statement by itself, and every write wakes PostgreSQL, which on a machine with
 * few cores then runs in our place. A batch has a dozen statements: gathered, they cost one wake-up.
 */
import { Socket, type SocketConstructorOpts } from "node:net";

/** More than a batch ever sends at once: the driver must not take gathering for a slow receiver. */
const options = { writableHighWaterMark: 16 * 1024 * 1024 } as SocketConstructorOpts;

/**
 * A socket that is connecting to a Unix socket, by its path. What is written meanwhile is sent once it is
 * connected; that it cannot connect is told as an event, which is how the driver's own sockets do it.
 */
export function gatheringSocket(path: string): Socket {
  return gather(new Socket(options)).connect(path);
}

function gather(socket: Socket): Socket {
  const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
  let gathering = false;
  socket.write = (...args: unknown[]): boolean => {
    if (!gathering) {
      gathering = true;
      socket.cork();
      process.nextTick(() => {
        gathering = false;
        socket.uncork();
      });
    }
    return write(...args);
  };
  return socket;
}
