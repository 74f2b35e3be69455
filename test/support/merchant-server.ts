/**
 * A merchant's own system, as `check-listener` tests it: it requests payments, listens for their results, books
 * them, and shows its records. Correct, or with a single fault.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { json } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import PQueue from "p-queue";

/** Each is one mistake of real listeners. */
export type ListenerFault =
  | "books every delivery"
  | "checks and books without a lock"
  | "deduplicates by webhook-id"
  | "remembers recent results only"
  | "refuses duplicates"
  | "ignores the code"
  | "books unknown codes"
  | "leaves refusals open"
  | "reverts a booking"
  | "ignores later results"
  | "ignores results of abandoned orders"
  | "books again after its own query"
  | "books for unknown references"
  | "ignores the conversation"
  | "requires the conversation"
  | "books the smallest amount"
  | "accepts objects as references"
  | "ignores signatures"
  | "ignores timestamps"
  | "checks the first signature only"
  | "verifies the reserialised body"
  | "records before it verifies"
  | "acknowledges unreadable bodies"
  | "crashes on bad JSON"
  | "refuses new fields"
  | "reads the first chunk only"
  | "handles one request at a time"
  | "requires Content-Length"
  | "drops requests under load"
  | "acknowledges during an outage"
  | "books again later"
  | "is slow"
  | "redirects"
  | "responds in its own format";

export interface MerchantOrder {
  readonly amount: string;
  conversationId: string | null;
  status: "pending" | "paid" | "failed";
  bookings: number;
  bookedAmount: string | null;
  flagged: boolean;
  abandoned: boolean;
}

export interface MerchantServerOptions {
  readonly fault?: ListenerFault;
  /** `whsec_…`; without it signatures are not checked. */
  readonly secret?: string;
  /** Queries the gateway for a payment's status. */
  readonly queryGateway?: (reference: string) => Promise<string>;
  /** Another listener that books on this merchant's orders. */
  readonly listener?: (merchant: MerchantServer) => RequestListener;
  /** The delay of the slow fault. */
  readonly slowMs?: number;
  /** How many callbacks it handles at the same time, once it has read them; default: any number. */
  readonly workers?: number;
  /** How long its database takes to book; default: 2 ms. */
  readonly bookingMs?: number;
}

/** How many results the forgetful fault remembers. */
const recentResults = 25;

/** Ends the request with this status. */
class HttpError extends Error {
  readonly status: number;
  constructor(status: number) {
    super(`${status}`);
    this.status = status;
  }
}

export class MerchantServer implements AsyncDisposable {
  readonly orders = new Map<string, MerchantOrder>();
  readonly #options: MerchantServerOptions;
  readonly #listener: RequestListener | null;
  readonly #handled = new Set<string>();
  /** State that only faults use. */
  readonly #seenConversations = new Set<string>();
  readonly #seenDeliveries = new Set<string>();
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((request, response) => void this.#handleRequest(request, response));
  #lastRequest: Promise<unknown> = Promise.resolve();
  readonly #workers: PQueue;
  /** While true, nothing can be booked. */
  broken = false;

  constructor(options: MerchantServerOptions = {}) {
    this.#options = options;
    this.#workers = new PQueue({ concurrency: options.workers ?? Infinity });
    this.#listener = options.listener?.(this) ?? null;
    this.#server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
  }

  async start(): Promise<this> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  #hasFault(fault: ListenerFault): boolean {
    return this.#options.fault === fault;
  }

  async #handleRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on("error", () => {});
    try {
      if (request.url?.startsWith("/callback") === true && this.#listener !== null)
        this.#listener(request, response);
      else if (request.url === "/callback") await this.#receiveCallback(request, response);
      else await this.#handleHook(request, response);
    } catch (error) {
      const status = error instanceof HttpError ? error.status : 500;
      if (!response.headersSent) response.writeHead(status).end();
    }
  }

  /** The hooks: `--begin-url`, `--state-url` and the others. */
  async #handleHook(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, action, orderName = ""] = (request.url ?? "").split("/");
    if (action === "state") {
      const order = this.orders.get(orderName);
      if (order === undefined) return void response.writeHead(404).end();
      const { status, bookings, bookedAmount: amount, flagged } = order;
      return void response.end(JSON.stringify({ status, bookings, amount, flagged }));
    }
    const input = (await json(request)) as {
      reference: string;
      conversationId: string | null;
      amount: string;
    };
    const { reference, conversationId, amount } = input;
    if (action === "begin") this.orders.set(reference, createOrder(amount, conversationId));
    if (action === "give-up") this.#abandon(reference);
    if (action === "query") await this.#queryAndBook(reference);
    if (action === "break") this.broken = true;
    if (action === "mend") this.broken = false;
    response.end();
  }

  #abandon(reference: string): void {
    const order = this.orders.get(reference);
    if (order === undefined) return;
    order.status = "failed";
    order.abandoned = true;
  }

  async #queryAndBook(reference: string): Promise<void> {
    const status = await this.#options.queryGateway?.(reference);
    const order = this.orders.get(reference);
    if (status === "Completed" && order !== undefined) await this.#bookOnce(order, `query for ${reference}`);
  }

  async #receiveCallback(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!this.#hasFault("handles one request at a time")) return this.#respond(request, response);
    const current = this.#lastRequest.then(() => this.#respond(request, response));
    this.#lastRequest = current.catch(() => {});
    return current;
  }

  async #respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.#hasFault("redirects")) return void response.writeHead(302, { location: "/elsewhere" }).end();
    if (this.#hasFault("requires Content-Length") && request.headers["content-length"] === undefined)
      throw new HttpError(411);
    const body = await this.#readBody(request);
    await this.#workers.add(() => this.#handleBody(request, response, body));
  }

  async #handleBody(request: IncomingMessage, response: ServerResponse, body: string): Promise<void> {
    this.#verify(request, body);
    const message = this.#parse(body);
    if (message !== null) await this.#applyResult(message, request);
    if (this.#hasFault("is slow")) await sleep(this.#options.slowMs ?? 20_000);
    if (this.#hasFault("responds in its own format")) return void response.end('{"ok":true}');
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(buildAcknowledgement(message ?? {})));
  }

  async #readBody(request: IncomingMessage): Promise<string> {
    let body = "";
    for await (const chunk of request) {
      body += (chunk as Buffer).toString();
      if (this.#hasFault("reads the first chunk only")) break;
      if (body.length > 500_000) throw new HttpError(413);
    }
    return body;
  }

  #verify({ headers }: IncomingMessage, body: string): void {
    const { secret } = this.#options;
    if (secret === undefined || this.#hasFault("ignores signatures")) return;
    const { "webhook-id": id, "webhook-timestamp": at, "webhook-signature": signatureHeader = "" } = headers;
    const expired = Math.abs(Date.now() / 1000 - Number(at)) > 300;
    if (expired && !this.#hasFault("ignores timestamps")) throw new HttpError(401);
    const signed = this.#hasFault("verifies the reserialised body") ? reserialise(body) : body;
    const key = Buffer.from(secret.replace("whsec_", ""), "base64");
    const expected = createHmac("sha256", key)
      .update(`${String(id)}.${String(at)}.${signed}`)
      .digest();
    const signatures = String(signatureHeader).split(" ");
    const candidates = this.#hasFault("checks the first signature only")
      ? signatures.slice(0, 1)
      : signatures;
    const valid = candidates.some((signature) => {
      const bytes = Buffer.from(signature.replace(/^v1,/, ""), "base64");
      return bytes.length === expected.length && timingSafeEqual(bytes, expected);
    });
    if (valid) return;
    if (this.#hasFault("records before it verifies"))
      this.#handled.add((JSON.parse(body) as CallbackFields)["input_OriginalConversationID"] as string);
    throw new HttpError(401);
  }

  /** The fields, or null for a body that is acknowledged without being parsed. */
  #parse(body: string): CallbackFields | null {
    let value: unknown;
    try {
      value = JSON.parse(body);
    } catch {
      if (this.#hasFault("crashes on bad JSON")) void this[Symbol.asyncDispose]();
      if (this.#hasFault("acknowledges unreadable bodies")) return null;
      throw new HttpError(400);
    }
    if (this.#isResult(value)) return value;
    if (this.#hasFault("acknowledges unreadable bodies")) return null;
    throw new HttpError(400);
  }

  #isResult(value: unknown): value is CallbackFields {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
    const fields = value as CallbackFields;
    const { input_ResultCode: code, input_ThirdPartyConversationID: reference } = fields;
    if (this.#hasFault("accepts objects as references") && typeof reference === "object") return true;
    if (this.#hasFault("refuses new fields") && Object.keys(fields).length > 5) return false;
    return typeof code === "string" && typeof reference === "string" && /^[A-Za-z0-9]{1,32}$/.test(reference);
  }

  async #applyResult(message: CallbackFields, { headers }: IncomingMessage): Promise<void> {
    const reference = message["input_ThirdPartyConversationID"] as string;
    const conversation = message["input_OriginalConversationID"] as string;
    const code = message["input_ResultCode"] as string;
    const order = this.#findOrder(reference, conversation);
    if (order === undefined) return;
    if (this.broken) {
      if (this.#hasFault("acknowledges during an outage")) return;
      throw new HttpError(503);
    }
    const delivery = this.#hasFault("deduplicates by webhook-id")
      ? String(headers["webhook-id"])
      : conversation;
    if (this.#hasFault("ignores later results") && this.#seenConversations.has(conversation)) return;
    if (this.#hasFault("ignores later results")) this.#seenConversations.add(conversation);
    if (this.#isSuccess(code)) await this.#applySuccess(order, delivery);
    else this.#applyRefusal(order, code);
  }

  #isSuccess(code: string): boolean {
    if (this.#hasFault("ignores the code")) return true;
    if (this.#hasFault("books unknown codes"))
      return !/^INS-\d{1,3}$|^INS-20\d\d$/.test(code) || code === "INS-0";
    return code === "INS-0";
  }

  #findOrder(reference: string, conversation: string): MerchantOrder | undefined {
    if (this.#hasFault("accepts objects as references") && typeof reference !== "string")
      return [...this.orders.values()].findLast(({ status }) => status === "pending");
    if (this.#hasFault("books for unknown references") && !this.orders.has(reference))
      this.orders.set(reference, createOrder("", null));
    const order = this.orders.get(reference);
    if (order === undefined) return undefined;
    if (this.#hasFault("ignores the conversation")) return order;
    if (this.#hasFault("requires the conversation"))
      return order.conversationId === conversation ? order : undefined;
    if (order.conversationId === null || order.conversationId === conversation) return order;
    order.flagged = true;
    return undefined;
  }

  async #applySuccess(order: MerchantOrder, delivery: string): Promise<void> {
    if (this.#hasFault("drops requests under load") && this.#countPending() > 10)
      return void (order.abandoned = true);
    if (this.#hasFault("ignores results of abandoned orders") && order.abandoned) return;
    if (this.#hasFault("refuses duplicates")) {
      if (this.#seenDeliveries.has(delivery)) throw new HttpError(409);
      this.#seenDeliveries.add(delivery);
    }
    await this.#bookOnce(order, delivery);
  }

  #countPending(): number {
    return [...this.orders.values()].filter(({ status, abandoned }) => status === "pending" && !abandoned)
      .length;
  }

  /** Like a transaction: the check before it takes time, the decision itself is atomic. */
  async #bookOnce(order: MerchantOrder, delivery: string): Promise<void> {
    const handledBefore = this.#handled.has(delivery);
    await sleep(this.#options.bookingMs ?? 2);
    const handled = this.#hasFault("checks and books without a lock")
      ? handledBefore
      : this.#handled.has(delivery);
    const alreadyBooked =
      handled ||
      (order.bookings > 0 && !this.#hasFault("deduplicates by webhook-id") && !this.#dedupesByKeyOnly());
    if (alreadyBooked && !this.#hasFault("books every delivery")) return;
    this.#handled.add(delivery);
    if (this.#hasFault("remembers recent results only") && this.#handled.size > recentResults)
      this.#handled.delete(this.#handled.values().next().value ?? "");
    order.bookings += 1;
    if (this.#hasFault("books again later") && order.bookings === 1 && this.#handled.size === 1)
      setTimeout(() => (order.bookings += 1), 700);
    order.status = "paid";
    order.bookedAmount = this.#hasFault("books the smallest amount")
      ? "1.00"
      : order.amount === ""
        ? null
        : order.amount;
  }

  /** Whether the key of handled deliveries is the only protection against booking twice. */
  #dedupesByKeyOnly(): boolean {
    return (
      this.#hasFault("checks and books without a lock") ||
      this.#hasFault("books again after its own query") ||
      this.#hasFault("remembers recent results only")
    );
  }

  #applyRefusal(order: MerchantOrder, code: string): void {
    if (["INS-1", "INS-9"].includes(code) || this.#hasFault("leaves refusals open")) return;
    if (order.status !== "paid") order.status = "failed";
    else if (this.#hasFault("reverts a booking")) Object.assign(order, { status: "failed", bookings: 0 });
    else order.flagged = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}

type CallbackFields = Readonly<Record<string, unknown>>;

const createOrder = (amount: string, conversationId: string | null): MerchantOrder => ({
  amount,
  conversationId,
  status: "pending",
  bookings: 0,
  bookedAmount: null,
  flagged: false,
  abandoned: false,
});

const buildAcknowledgement = (message: CallbackFields) => ({
  output_OriginalConversationID: message["input_OriginalConversationID"],
  output_ResponseCode: "0",
  output_ResponseDesc: "Successfully Accepted Result",
  output_ThirdPartyConversationID: message["input_ThirdPartyConversationID"],
});

function reserialise(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body));
  } catch {
    return body;
  }
}
