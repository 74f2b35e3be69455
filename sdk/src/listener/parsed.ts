/** Requests whose bytes are gone: a framework parsed them, and what stands in their body was written anew. */

const reserialised = new WeakSet<Request>();

export const markReserialised = (request: Request): void => void reserialised.add(request);

export const isReserialised = (request: Request): boolean => reserialised.has(request);
