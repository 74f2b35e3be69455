/** A customer who does not answer must not look like a server that does not answer. */
export const fuzzSettings: Readonly<Record<string, string>> = { SYNCHRONOUS_WAIT: "1s" };
