/** Events between the parts of one server, on Node's `EventEmitter`. */
import { EventEmitter } from "node:events";

/** Creates an emitter for any number of listeners, such as one for each open page. */
export function createEmitter<Events extends Record<string, unknown[]>>(): EventEmitter<Events> {
  return new EventEmitter<Events>().setMaxListeners(0);
}

interface EventSource<Name, Args extends unknown[]> {
  on(name: Name, listener: (...args: Args) => void): unknown;
  off(name: Name, listener: (...args: Args) => void): unknown;
}

/** Calls `listener` for every event with this name. Returns the function that unsubscribes it. */
export function subscribe<const Name extends string, Args extends unknown[]>(
  emitter: EventSource<Name, Args>,
  name: Name,
  listener: (...args: Args) => void,
): () => void {
  emitter.on(name, listener);
  return () => void emitter.off(name, listener);
}
