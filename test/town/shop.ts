/**
 * A developer's own system, as `check-listener` meets one: it asks for payments, listens for their results, books them,
 * and shows its books. A good one, or one with a single fault.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { json } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";

/** Each is one thing that real listeners get wrong. */
export type Fault =
  | "books every delivery"
  | "looks first and books then"
  | "knows deliveries by their id"
  | "refuses what it knows"
  | "books whatever the code is"
  | "books unknown codes"
  | "leaves refusals open"
  | "undoes a booking"
  | "hears the first word alone"
  | "forgets what it gave up"
  | "books its own query again"
  | "books for unknown references"
  | "looks at the reference alone"
  | "needs the conversation"
  | "books the smallest amount"
  | "believes objects"
  | "ignores signatures"
  | "ignores timestamps"
  | "reads the first signature alone"
  | "verifies what it wrote anew"
  | "remembers before it verifies"
  | "acknowledges what it cannot read"
  | "falls over bad JSON"
  | "refuses new fields"
  | "reads the first packet alone"
  | "serves one at a time"
  | "wants a length"
  | "drops what is too much"
  | "acknowledges while it is broken"
  | "books again in a while"
  | "takes its time"
  | "redirects"
  | "has words of its own";

export interface Order {
  readonly amount: string;
  conversationId: string | null;
  status: "pending" | "paid" | "failed";
  bookings: number;
  bookedAmount: string | null;
  flagged: boolean;
  givenUp: boolean;
}

export interface ShopOptions {
  readonly fault?: Fault;
  /** `whsec_…`; without it signatures are not looked at. */
  readonly secret?: string;
  /** How the gateway says that a payment ended: whoever asks for its status. */
  readonly askGateway?: (reference: string) => Promise<string>;
  /** A listener of somebody else's, on this shop's books. */
  readonly listener?: (shop: Shop) => RequestListener;
  /** How long it takes when it takes its time. */
  readonly slowMs?: number;
}

/** How a message is answered. */
class Answer extends Error {
  readonly status: number;
  constructor(status: number) {
    super(`${status}`);
    this.status = status;
  }
}

export class Shop implements AsyncDisposable {
  readonly orders = new Map<string, Order>();
  readonly #options: ShopOptions;
  readonly #listener: RequestListener | null;
  readonly #handled = new Set<string>();
  /** What the faults remember that should not. */
  readonly #heard = new Set<string>();
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((request, response) => void this.#serve(request, response));
  #turn: Promise<unknown> = Promise.resolve();
  /** While it is, nothing can be booked. */
  broken = false;

  constructor(options: ShopOptions = {}) {
    this.#options = options;
    this.#listener = options.listener?.(this) ?? null;
    this.#server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
  }

  async open(): Promise<this> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  #is(fault: Fault): boolean {
    return this.#options.fault === fault;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on("error", () => {});
    try {
      if (request.url === "/callback" && this.#listener !== null) this.#listener(request, response);
      else if (request.url === "/callback") await this.#hear(request, response);
      else await this.#manage(request, response);
    } catch (error) {
      const status = error instanceof Answer ? error.status : 500;
      if (!response.headersSent) response.writeHead(status).end();
    }
  }

  /** What `--begin-url`, `--state-url` and the others ask of it. */
  async #manage(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, what, name = ""] = (request.url ?? "").split("/");
    if (what === "state") {
      const order = this.orders.get(name);
      if (order === undefined) return void response.writeHead(404).end();
      const { status, bookings, bookedAmount: amount, flagged } = order;
      return void response.end(JSON.stringify({ status, bookings, amount, flagged }));
    }
    const asked = (await json(request)) as {
      reference: string;
      conversationId: string | null;
      amount: string;
    };
    const { reference, conversationId, amount } = asked;
    if (what === "begin") this.orders.set(reference, newOrder(amount, conversationId));
    if (what === "give-up") this.#giveUp(reference);
    if (what === "query") await this.#query(reference);
    if (what === "break") this.broken = true;
    if (what === "mend") this.broken = false;
    response.end();
  }

  #giveUp(reference: string): void {
    const order = this.orders.get(reference);
    if (order === undefined) return;
    order.status = "failed";
    order.givenUp = true;
  }

  async #query(reference: string): Promise<void> {
    const status = await this.#options.askGateway?.(reference);
    const order = this.orders.get(reference);
    if (status === "Completed" && order !== undefined) await this.#book(order, `asked for ${reference}`);
  }

  async #hear(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!this.#is("serves one at a time")) return this.#answer(request, response);
    const mine = this.#turn.then(() => this.#answer(request, response));
    this.#turn = mine.catch(() => {});
    return mine;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.#is("redirects")) return void response.writeHead(302, { location: "/elsewhere" }).end();
    if (this.#is("wants a length") && request.headers["content-length"] === undefined) throw new Answer(411);
    const body = await this.#read(request);
    this.#verify(request, body);
    const message = this.#parse(body);
    if (message !== null) await this.#handle(message, request);
    if (this.#is("takes its time")) await sleep(this.#options.slowMs ?? 20_000);
    if (this.#is("has words of its own")) return void response.end('{"ok":true}');
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(acknowledgement(message ?? {})));
  }

  async #read(request: IncomingMessage): Promise<string> {
    let body = "";
    for await (const chunk of request) {
      body += (chunk as Buffer).toString();
      if (this.#is("reads the first packet alone")) break;
      if (body.length > 500_000) throw new Answer(413);
    }
    return body;
  }

  #verify({ headers }: IncomingMessage, body: string): void {
    const { secret } = this.#options;
    if (secret === undefined || this.#is("ignores signatures")) return;
    const { "webhook-id": id, "webhook-timestamp": at, "webhook-signature": given = "" } = headers;
    const late = Math.abs(Date.now() / 1000 - Number(at)) > 300;
    if (late && !this.#is("ignores timestamps")) throw new Answer(401);
    const signed = this.#is("verifies what it wrote anew") ? rewritten(body) : body;
    const key = Buffer.from(secret.replace("whsec_", ""), "base64");
    const wanted = createHmac("sha256", key)
      .update(`${String(id)}.${String(at)}.${signed}`)
      .digest();
    const signatures = String(given).split(" ");
    const looked = this.#is("reads the first signature alone") ? signatures.slice(0, 1) : signatures;
    const right = looked.some((each) => {
      const bytes = Buffer.from(each.replace(/^v1,/, ""), "base64");
      return bytes.length === wanted.length && timingSafeEqual(bytes, wanted);
    });
    if (right) return;
    if (this.#is("remembers before it verifies"))
      this.#handled.add((JSON.parse(body) as Said)["input_OriginalConversationID"] as string);
    throw new Answer(401);
  }

  /** The fields, or null for what it acknowledges without having read it. */
  #parse(body: string): Said | null {
    let said: unknown;
    try {
      said = JSON.parse(body);
    } catch {
      if (this.#is("falls over bad JSON")) void this[Symbol.asyncDispose]();
      if (this.#is("acknowledges what it cannot read")) return null;
      throw new Answer(400);
    }
    if (this.#isResult(said)) return said;
    if (this.#is("acknowledges what it cannot read")) return null;
    throw new Answer(400);
  }

  #isResult(said: unknown): said is Said {
    if (typeof said !== "object" || said === null || Array.isArray(said)) return false;
    const fields = said as Said;
    const { input_ResultCode: code, input_ThirdPartyConversationID: reference } = fields;
    if (this.#is("believes objects") && typeof reference === "object") return true;
    if (this.#is("refuses new fields") && Object.keys(fields).length > 5) return false;
    return typeof code === "string" && typeof reference === "string" && /^[A-Za-z0-9]{1,32}$/.test(reference);
  }

  async #handle(message: Said, { headers }: IncomingMessage): Promise<void> {
    const reference = message["input_ThirdPartyConversationID"] as string;
    const conversation = message["input_OriginalConversationID"] as string;
    const code = message["input_ResultCode"] as string;
    const order = this.#orderOf(reference, conversation);
    if (order === undefined) return;
    if (this.broken) {
      if (this.#is("acknowledges while it is broken")) return;
      throw new Answer(503);
    }
    const delivery = this.#is("knows deliveries by their id") ? String(headers["webhook-id"]) : conversation;
    if (this.#is("hears the first word alone") && this.#heard.has(conversation)) return;
    if (this.#is("hears the first word alone")) this.#heard.add(conversation);
    if (this.#isSuccess(code)) await this.#succeed(order, delivery);
    else this.#refuse(order, code);
  }

  #isSuccess(code: string): boolean {
    if (this.#is("books whatever the code is")) return true;
    if (this.#is("books unknown codes")) return !/^INS-\d{1,3}$|^INS-20\d\d$/.test(code) || code === "INS-0";
    return code === "INS-0";
  }

  #orderOf(reference: string, conversation: string): Order | undefined {
    if (this.#is("believes objects") && typeof reference !== "string")
      return [...this.orders.values()].findLast(({ status }) => status === "pending");
    if (this.#is("books for unknown references") && !this.orders.has(reference))
      this.orders.set(reference, newOrder("", null));
    const order = this.orders.get(reference);
    if (order === undefined) return undefined;
    if (this.#is("looks at the reference alone")) return order;
    if (this.#is("needs the conversation")) return order.conversationId === conversation ? order : undefined;
    if (order.conversationId === null || order.conversationId === conversation) return order;
    order.flagged = true;
    return undefined;
  }

  async #succeed(order: Order, delivery: string): Promise<void> {
    if (this.#is("drops what is too much") && this.#waiting() > 10) return void (order.givenUp = true);
    if (this.#is("forgets what it gave up") && order.givenUp) return;
    if (this.#is("refuses what it knows") && this.#handled.has(delivery)) throw new Answer(409);
    await this.#book(order, delivery);
  }

  #waiting(): number {
    return [...this.orders.values()].filter(({ status, givenUp }) => status === "pending" && !givenUp).length;
  }

  /** A transaction: what it takes from the outside world is a moment, what it decides is decided at once. */
  async #book(order: Order, delivery: string): Promise<void> {
    const again = this.#handled.has(delivery);
    await sleep(2);
    const looked = this.#is("looks first and books then") ? again : this.#handled.has(delivery);
    const known =
      looked || (order.bookings > 0 && !this.#is("knows deliveries by their id") && !this.#isCareless());
    if (known && !this.#is("books every delivery")) return;
    this.#handled.add(delivery);
    order.bookings += 1;
    if (this.#is("books again in a while") && order.bookings === 1 && this.#handled.size === 1)
      setTimeout(() => (order.bookings += 1), 700);
    order.status = "paid";
    order.bookedAmount = this.#is("books the smallest amount")
      ? "1.00"
      : order.amount === ""
        ? null
        : order.amount;
  }

  /** Whether the key of what was handled is all that keeps it from booking twice. */
  #isCareless(): boolean {
    return this.#is("looks first and books then") || this.#is("books its own query again");
  }

  #refuse(order: Order, code: string): void {
    if (["INS-1", "INS-9"].includes(code) || this.#is("leaves refusals open")) return;
    if (order.status !== "paid") order.status = "failed";
    else if (this.#is("undoes a booking")) Object.assign(order, { status: "failed", bookings: 0 });
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

type Said = Readonly<Record<string, unknown>>;

const newOrder = (amount: string, conversationId: string | null): Order => ({
  amount,
  conversationId,
  status: "pending",
  bookings: 0,
  bookedAmount: null,
  flagged: false,
  givenUp: false,
});

const acknowledgement = (message: Said) => ({
  output_OriginalConversationID: message["input_OriginalConversationID"],
  output_ResponseCode: "0",
  output_ResponseDesc: "Successfully Accepted Result",
  output_ThirdPartyConversationID: message["input_ThirdPartyConversationID"],
});

function rewritten(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body));
  } catch {
    return body;
  }
}
