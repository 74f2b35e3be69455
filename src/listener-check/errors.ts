/** Why a run cannot start. Each message is one line for the user. */

/** The listener, a hook or the sandbox cannot be used. */
export class ListenerCheckError extends Error {}

/** A URL that no callback may be sent to. */
export class InvalidListenerUrl extends Error {}
