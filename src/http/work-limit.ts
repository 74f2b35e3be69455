/**
 * A limit for the work of one kind of routes, so that it cannot take the databases and the event loop from payments.
 *
 * Requests above the limit wait. Sources take turns, so that many requests of one do not delay the first of another. A
 * source with too many waiting requests, and a request that has waited too long, are refused.
 */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { msPerSecond } from "../core/clock.ts";
import { toClientKey } from "./client-address.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** The request waits for an event, which costs no work. It has a limit of its own. */
    readonly waits?: boolean;
  }
}

export interface WorkLimitOptions {
  /** Requests that are handled at the same time. */
  readonly maxActive: number;
  /** Waiting requests of one source. */
  readonly maxQueuedPerSource: number;
  readonly maxQueued: number;
  /** How long a request may wait for its turn. */
  readonly maxWaitMs: number;
}

/** `source`: this source has too many requests. `server`: all sources together have too many. */
export type WorkRefusal = "source" | "server";

export interface WorkLimit {
  /** Resolves with a function that ends the work, or with the reason why the request is refused. */
  enter(source: string): Promise<(() => void) | WorkRefusal>;
}

interface Waiting {
  readonly start: (result: (() => void) | WorkRefusal) => void;
  readonly timer: NodeJS.Timeout;
}

export function createWorkLimit(options: WorkLimitOptions): WorkLimit {
  const { maxActive, maxQueuedPerSource, maxQueued, maxWaitMs } = options;
  /** The source whose turn is next is first. */
  const queues = new Map<string, Waiting[]>();
  let active = 0;
  let queued = 0;

  function startNext(): void {
    const [next] = queues;
    if (next === undefined || active >= maxActive) return;
    const [source, queue] = next;
    const waiting = queue.shift();
    queues.delete(source);
    if (queue.length > 0) queues.set(source, queue);
    if (waiting === undefined) return;
    queued -= 1;
    clearTimeout(waiting.timer);
    waiting.start(startWork());
  }

  function startWork(): () => void {
    active += 1;
    let isEnded = false;
    return () => {
      if (isEnded) return;
      isEnded = true;
      active -= 1;
      startNext();
    };
  }

  function removeWaiting(source: string, waiting: Waiting): void {
    const queue = queues.get(source) ?? [];
    queue.splice(queue.indexOf(waiting), 1);
    if (queue.length === 0) queues.delete(source);
    queued -= 1;
  }

  return {
    enter(source) {
      if (active < maxActive) return Promise.resolve(startWork());
      const queue = queues.get(source) ?? [];
      if (queue.length >= maxQueuedPerSource) return Promise.resolve("source");
      if (queued >= maxQueued) return Promise.resolve("server");
      return new Promise((resolve) => {
        const timer = setTimeout(() => {
          removeWaiting(source, waiting);
          resolve("server");
        }, maxWaitMs);
        const waiting: Waiting = { start: resolve, timer };
        queue.push(waiting);
        queues.set(source, queue);
        queued += 1;
      });
    },
  };
}

/** Four connections to a rail's database are for everything but batches, and a page needs one or two of them. */
const workOptions: WorkLimitOptions = {
  maxActive: 4,
  maxQueuedPerSource: 500,
  maxQueued: 2000,
  maxWaitMs: 10 * msPerSecond,
};

/** Requests that wait for an event hold memory and a connection, and ask the database a few times a second. */
const waitOptions: WorkLimitOptions = { maxActive: 600, maxQueuedPerSource: 0, maxQueued: 0, maxWaitMs: 0 };

/** Limits the work of a scope's routes. `refuse` throws the error of a refused request. */
export function limitWork(scope: FastifyInstance, refuse: (reason: WorkRefusal) => never): void {
  const work = createWorkLimit(workOptions);
  const waits = createWorkLimit(waitOptions);
  const ends = new WeakMap<FastifyRequest, () => void>();

  // After authentication, and after the body has arrived: a slow client must not hold a place.
  scope.addHook("preHandler", async (request, reply) => {
    const limit = request.routeOptions.config.waits === true ? waits : work;
    const result = await limit.enter(toClientKey(request.ip));
    if (typeof result === "string") refuse(result);
    ends.set(request, result);
    reply.raw.once("close", result);
    // The client has gone while the request waited.
    if (reply.raw.destroyed) result();
  });
  // The response is complete. How fast the client reads it does not matter.
  scope.addHook("onSend", async (request) => ends.get(request)?.());
}
