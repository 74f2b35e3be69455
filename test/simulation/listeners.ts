/**
 * Listeners of a simulation: real servers that go up and down, each unreliable in its own way.
 *
 * They are idempotent: they recognise a callback by an id in it, count its deliveries, and record whether its content ever
 * changed.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { readResult } from "../support/soap.ts";
import type { ListenerBehaviour } from "./plan.ts";

export interface ReceivedCallback {
  readonly fields: CallbackFields;
  readonly text: string;
  times: number;
}

export type CallbackFields = Readonly<Record<string, string>>;

/** Finds the id of a callback, by which the listener recognises it. */
export type CallbackIdentifier = (fields: CallbackFields, path: string) => string;

const getConversationId: CallbackIdentifier = (fields) => fields["input_OriginalConversationID"] ?? "";

export interface Listener {
  readonly url: string;
  /** Received callbacks, by their ids. */
  readonly received: ReadonlyMap<string, ReceivedCallback>;
  /** Callbacks that arrived twice with different content. Must stay empty. */
  readonly contradictions: readonly string[];
  setUp(up: boolean): void;
  /** From now on it acknowledges everything immediately. */
  heal(): void;
  close(): Promise<void>;
}

export async function createListener(
  initialBehaviour: ListenerBehaviour,
  identify: CallbackIdentifier = getConversationId,
): Promise<Listener> {
  const received = new Map<string, ReceivedCallback>();
  const contradictions: string[] = [];
  let up = true;
  let behaviour: ListenerBehaviour = initialBehaviour;

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    if (!up) {
      request.socket.destroy();
      return;
    }
    const fields = body.startsWith("<") ? readSoapFields(body) : (JSON.parse(body) as CallbackFields);
    const id = identify(fields, request.url ?? "");
    const earlier = received.get(id);
    const first = earlier === undefined;
    if (earlier === undefined) received.set(id, { fields, text: body, times: 1 });
    else {
      earlier.times += 1;
      if (earlier.text !== body) contradictions.push(`${id}: ${body}`);
    }
    respond(behaviour, first, response, fields);
  }

  const server: Server = createServer((request, response) => {
    handle(request, response).catch(() => request.socket.destroy());
  });
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/results`,
    received,
    contradictions,
    setUp(now) {
      up = now;
    },
    heal() {
      up = true;
      behaviour = "acknowledges";
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** A result of the SOAP Broker in the form of Daraja's. */
function readSoapFields(body: string): CallbackFields {
  const { code, originatorConversationId, transactionId, parameters } = readResult("", body);
  const ResultParameter = [...parameters].map(([Key, Value]) => ({ Key, Value }));
  const fields: unknown = {
    Result: {
      ResultCode: Number(code),
      OriginatorConversationID: originatorConversationId,
      TransactionID: transactionId,
      ResultParameters: { ResultParameter },
    },
  };
  return fields as CallbackFields;
}

function respond(
  behaviour: ListenerBehaviour,
  first: boolean,
  response: ServerResponse,
  fields: CallbackFields,
): void {
  const acknowledge = (): void => {
    const acknowledgement = {
      output_OriginalConversationID: fields["input_OriginalConversationID"],
      output_ResponseCode: "0",
      output_ResponseDesc: "Successfully Accepted Result",
      output_ThirdPartyConversationID: fields["input_ThirdPartyConversationID"],
    };
    response.setHeader("content-type", "application/json").end(JSON.stringify(acknowledgement));
  };
  // This behaviour processes the callback and then loses the response.
  if (behaviour === "drops" && first) response.socket?.destroy();
  else if (behaviour === "refuses_first" && first) response.writeHead(503, { "retry-after": "1" }).end();
  else if (behaviour === "mumbles") response.end("thank you");
  else if (behaviour === "hesitates") setTimeout(acknowledge, 200);
  else acknowledge();
}
