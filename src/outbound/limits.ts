/** How much a server of other people may send in a response, and the error if it sends more. */

/** Everything that a connection receives for one response. */
export const maxResponseBytes = 64 * 1024;
/** One status line with its headers. */
export const maxHeaderBytes = 16 * 1024;
/** Responses such as 103 Early Hints, before the real one. */
export const maxInterimResponses = 4;

/** A response reached a limit. The message is a sentence for users. */
export class ResponseLimitError extends Error {}

export const createTooLongError = (): ResponseLimitError =>
  new ResponseLimitError(`The response is longer than ${maxResponseBytes / 1024} KB.`);

export const createInterimError = (): ResponseLimitError =>
  new ResponseLimitError(
    `It sent more than ${maxInterimResponses} interim responses (1xx) and no final one.`,
  );
