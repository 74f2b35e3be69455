/** Requests whose raw bytes are lost: a framework parsed the body, and the adapter serialised it again. */

const reserialised = new WeakSet<Request>();

export const markReserialised = (request: Request): void => void reserialised.add(request);

export const isReserialised = (request: Request): boolean => reserialised.has(request);
