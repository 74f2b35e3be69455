/** Where a message has its content: in the body of a POST, or in the query string of a GET. */
import type { ListenerMessage } from "../protocols/listener-checks.ts";

/** What the message says, and what is signed. */
export const getContent = ({ query, body }: ListenerMessage): string => query ?? body;

/** The message with other content in the same place. */
export const replaceContent = (message: ListenerMessage, content: string): ListenerMessage =>
  message.query === undefined ? { ...message, body: content } : { ...message, query: content };

/** Whether the message has a body that can be cut into pieces. */
export const hasBody = ({ query }: ListenerMessage): boolean => query === undefined;

/** The message's part of a request with unusual transport. */
export const toRawContent = ({
  method = "POST",
  query,
  body,
}: ListenerMessage): Required<Pick<ListenerMessage, "method">> & Pick<ListenerMessage, "query" | "body"> => ({
  method,
  ...(query === undefined ? {} : { query }),
  body,
});
