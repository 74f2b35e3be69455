/** Posts a message to a gateway, as a client's program does. */
import { SandboxClientError } from "../sandbox-client.ts";

export interface PostedMessage {
  readonly status: number;
  readonly text: string;
}

export async function postMessage(url: string, body: string, signal: AbortSignal): Promise<PostedMessage> {
  try {
    const headers = { "content-type": "text/xml;charset=UTF-8", SOAPAction: '""' };
    const response = await fetch(url, { method: "POST", headers, body, signal });
    return { status: response.status, text: await response.text() };
  } catch (error) {
    signal.throwIfAborted();
    throw new SandboxClientError(`The gateway did not respond at ${url}: ${String(error)}`, { cause: error });
  }
}
