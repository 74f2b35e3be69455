/** One story's stage: a new caller with a listener, new customers, and what is asserted at the end of every story. */
import assert from "node:assert/strict";
import type { ControlResult } from "../../src/api/control/client.ts";
import type { ListenerBehaviour } from "../support/listener.ts";
import { createTestListener, type Listener } from "../support/listener.ts";
import { callControl, control } from "../support/control.ts";
import { waitFor } from "../support/prompts.ts";
import { createReference, type TestSandbox } from "../support/sandbox.ts";
import { amountMinor, type CallResponse, type CallResult, type ConformingProtocol } from "./caller.ts";
import type { ProtocolCaller } from "./caller.ts";

export const pin = "4321";

type CustomerBehaviour = "approve" | "decline" | "ignore" | "ask";

let lastCustomer = 0;

export class Story implements AsyncDisposable {
  readonly sandbox: TestSandbox;
  readonly protocol: ConformingProtocol;
  readonly caller: ProtocolCaller;
  #listener: Listener;
  /** Those of a listener that was closed. */
  readonly #earlier: Listener["received"][number][] = [];

  private constructor(
    sandbox: TestSandbox,
    protocol: ConformingProtocol,
    caller: ProtocolCaller,
    listener: Listener,
  ) {
    this.sandbox = sandbox;
    this.protocol = protocol;
    this.caller = caller;
    this.#listener = listener;
  }

  static async begin(sandbox: TestSandbox, protocol: ConformingProtocol): Promise<Story> {
    const listener = await createTestListener();
    const caller = await protocol.createCaller({ sandbox, listenerUrl: listener.url });
    listener.setBehaviour(caller.acknowledge);
    return new Story(sandbox, protocol, caller, listener);
  }

  createReference = createReference;

  async registerCustomer(answer: CustomerBehaviour, balance = "1000.00"): Promise<string> {
    const msisdn = this.protocol.createMsisdn((lastCustomer += 1));
    const params = { market: this.protocol.market };
    await control(this.sandbox, "POST /markets/{market}/customers", {
      params,
      body: { customers: [{ msisdn, answer, balance, firstName: "Asha", lastName: "Mushi" }] },
    });
    if (answer === "ask")
      await control(this.sandbox, "PATCH /markets/{market}/handsets/{msisdn}", {
        params: { ...params, msisdn },
        body: { pin },
      });
    return msisdn;
  }

  /** Enters a PIN for the customer's open prompt. */
  enterPin(msisdn: string, entered: string) {
    return control(this.sandbox, "POST /markets/{market}/handsets/{msisdn}/answer", {
      params: { market: this.protocol.market, msisdn },
      body: { says: "approve", pin: entered, waitSeconds: 10 },
    });
  }

  getBalance = (msisdn: string): Promise<bigint> =>
    this.sandbox.getAvailable(msisdn, this.protocol.market, "wallet");

  /** The result of a call: from the response if that refused it or the mode is synchronous, else from its notification. */
  async waitForResult(response: CallResponse): Promise<CallResult> {
    if (!response.accepted) return { name: response.name, code: response.code, receipt: "" };
    if (this.caller.waitForResponse !== undefined) return this.caller.waitForResponse(response.name);
    const results = await waitFor(`the result of ${response.name}`, async () => {
      const all = this.listReceived()
        .map((callback) => this.caller.readResult(callback))
        .filter((result) => result?.name === response.name);
      return all.length > 0 ? all : undefined;
    });
    const [result] = results;
    assert(result !== undefined && result !== null);
    return result;
  }

  listReceived = (): readonly Listener["received"][number][] => [
    ...this.#earlier,
    ...this.#listener.received,
  ];

  setListenerBehaviour(behaviour: ListenerBehaviour): void {
    this.#listener.setBehaviour(behaviour);
  }

  async closeListener(): Promise<void> {
    this.#earlier.push(...this.#listener.received);
    await this.#listener[Symbol.asyncDispose]();
  }

  async reopenListener(): Promise<void> {
    const { port } = this.#listener;
    this.#listener = await createTestListener({ port, behaviour: this.caller.acknowledge });
  }

  getPayment(name: string): Promise<ControlResult<"GET /markets/{market}/payments/{name}">> {
    return control(this.sandbox, "GET /markets/{market}/payments/{name}", {
      params: { market: this.protocol.market, name },
    });
  }

  getDelivery(name: string): Promise<ControlResult<"GET /markets/{market}/deliveries/{name}">> {
    return control(this.sandbox, "GET /markets/{market}/deliveries/{name}", {
      params: { market: this.protocol.market, name },
    });
  }

  waitForDelivery(name: string, state: "delivered" | "dead_lettered" | "open" | "delivered_with_warning") {
    return waitFor(`the notification of ${name} in the state ${state}`, async () => {
      const delivery = await this.getDelivery(name);
      return delivery.state === state && delivery.attempts.length > 0 ? delivery : undefined;
    });
  }

  /**
   * Asserts what every story ends with: the payment, its moves in the ledger, one notification with its result (or in a
   * synchronous mode a response with it, and no notification), and one request in the log.
   */
  async assertOutcome(response: CallResponse, expected: ExpectedOutcome): Promise<void> {
    const { name } = response;
    const payment = await waitFor(`the end of ${name}`, async () => {
      const current = await this.getPayment(name);
      return current.status === "held" ? undefined : current;
    });
    assert.deepEqual(
      { status: payment.status, refusal: payment.refusal, application: payment.application },
      {
        status: expected.status ?? (expected.refusal === undefined ? "completed" : "failed"),
        refusal: expected.refusal ?? null,
        application: String(this.caller.applicationId),
      },
    );
    const moved = payment.moves
      .filter(({ why }) => why === payment.use)
      .reduce((sum, move) => sum + toMinor(move.amount), 0n);
    assert.equal(moved, expected.refusal === undefined ? (expected.movedMinor ?? amountMinor) : 0n);
    if (this.caller.waitForResponse !== undefined) {
      if (expected.notified !== false)
        assert.equal((await this.waitForResult(response)).code, expected.code, "the response has the result");
      await this.#assertNoDelivery(name);
    } else if (expected.notified !== false) {
      const delivery = await this.waitForDelivery(name, expected.delivery ?? "delivered");
      assert.equal(delivery.application, String(this.caller.applicationId));
      const results = this.listReceived()
        .map((callback) => this.caller.readResult(callback))
        .filter((result) => result?.name === name);
      assert.deepEqual(
        results.map((result) => result?.code),
        [expected.code],
        "one notification, with the result",
      );
    }
    await this.#assertLogged(response, payment.conversationId, expected);
  }

  async #assertNoDelivery(name: string): Promise<void> {
    const { status } = await callControl(
      this.sandbox,
      "GET",
      `/markets/${this.protocol.market}/deliveries/${name}`,
    );
    assert.equal(status, 404, "a result in the response owes no notification");
    assert.deepEqual(this.listReceived(), []);
  }

  async #assertLogged(
    { code, accepted }: CallResponse,
    conversationId: string,
    expected: ExpectedOutcome,
  ): Promise<void> {
    const request = await waitFor(`the request ${conversationId} in the log`, async () => {
      const { requests } = await control(this.sandbox, "GET /markets/{market}/requests", {
        params: { market: this.protocol.market },
        query: { name: conversationId },
      });
      return requests.find((each) => each.conversationId === conversationId);
    });
    assert.equal(request.protocol, this.protocol.name);
    assert.equal(request.application, String(this.caller.applicationId));
    // A synchronous response has the result.
    const responseCode = this.caller.waitForResponse === undefined ? code : expected.code;
    if (accepted) assert.equal(request.code, responseCode);
  }

  /** Asserts that a request which made no payment is in the log, with the code that its caller received. */
  async assertRefusalLogged({ code }: CallResponse): Promise<void> {
    await waitFor(`a request with the code ${code} in the log`, async () => {
      const { requests } = await control(this.sandbox, "GET /markets/{market}/requests", {
        params: { market: this.protocol.market },
        query: { protocol: this.protocol.name, code },
      });
      return requests.length > 0 ? requests : undefined;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#listener[Symbol.asyncDispose]();
  }
}

export interface ExpectedOutcome {
  /** The code of the notification. */
  readonly code: string;
  /** Absent: the payment is completed. */
  readonly refusal?: string;
  readonly status?: "failed" | "expired" | "cancelled";
  readonly movedMinor?: bigint;
  /** False: the request owes no notification. */
  readonly notified?: boolean;
  readonly delivery?: "delivered" | "delivered_with_warning";
}

const toMinor = (text: string): bigint => BigInt(text.replace(".", ""));
