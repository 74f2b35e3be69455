/** Requests whose bytes are gone: a framework parsed them, and what stands in their body was written anew. */

const rewritten = new WeakSet<Request>();

export const markRewritten = (request: Request): void => void rewritten.add(request);

export const isRewritten = (request: Request): boolean => rewritten.has(request);
