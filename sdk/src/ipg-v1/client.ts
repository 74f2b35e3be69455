/** The client: a typed method for every call of IPG v1, Mozambique's first API. It works with the real M-Pesa and with Pesarail. */
import { checkUnknownFields } from "../check-unknown-fields.ts";
import { encryptBearer } from "../http/bearer.ts";
import { toTransportError } from "../http/connection-error.ts";
import { send, timedOut } from "../http/send.ts";
import { buildRequest, type WireRequest } from "./build-request.ts";
import { calls, type Call } from "./calls.ts";
import { encodeReference } from "./field-encoders.ts";
import type { IpgV1Options } from "./options.ts";
import { parseResponse } from "./parse-response.ts";
import type * as requests from "./requests.ts";
import type { Environment } from "./requests.ts";
import type * as results from "./results.ts";
import type { PaymentOutcome, Result } from "./results.ts";
import { buildUrl, parseOptions, type IpgV1Settings } from "./settings.ts";
import { waitForOutcome } from "./wait-for-outcome.ts";
import { parseWireResponse, type WireResponse } from "./wire-response.ts";

/**
 * A client for one account in one environment. Create one and reuse it.
 *
 * A refusal and an unknown outcome are results, not exceptions (`outcome`). The client throws `InvalidArgumentError`
 * (nothing was sent) and `TransportError` (the connection failed). The client sends every request once, and never a
 * payment twice.
 */
export class IpgV1 {
  readonly environment: Environment;
  readonly baseUrl: string;
  readonly #settings: IpgV1Settings;
  /** There are no sessions: the encrypted API key authenticates every request. It is encrypted once. */
  readonly #bearer: string;

  constructor(options: IpgV1Options) {
    const settings = parseOptions(options);
    this.#settings = settings;
    this.environment = settings.environment;
    this.baseUrl = settings.baseUrl;
    this.#bearer = encryptBearer(settings.publicKey, settings.apiKey);
  }

  /** C2B: a customer pays you. They approve on their phone, and the money moves at once. */
  collect(request: requests.CollectRequest): Promise<Result<results.Paid>> {
    return this.#call(calls.collect, request);
  }

  /** B2C: you pay a customer. */
  payOut(request: requests.PayOutRequest): Promise<Result<results.Paid>> {
    return this.#call(calls.payOut, request);
  }

  /** B2B: you pay another organisation. */
  transfer(request: requests.TransferRequest): Promise<Result<results.Paid>> {
    return this.#call(calls.transfer, request);
  }

  /** Reverses a completed payment, in full or in part. */
  reverse(request: requests.ReverseRequest): Promise<Result<results.Paid>> {
    return this.#call(calls.reverse, request);
  }

  /** Queries a payment's status once. `accepted` means that the query succeeded. `waitForOutcome` polls until the end. */
  queryTransaction(request: requests.QueryTransactionRequest): Promise<Result<results.PaymentStatus>> {
    return this.#call(calls.queryTransaction, request);
  }

  /** Queries a customer's name, masked, for example before you pay out to them. */
  queryCustomer(request: requests.QueryCustomerRequest): Promise<Result<results.CustomerName>> {
    return this.#call(calls.queryCustomer, request);
  }

  /**
   * Polls a payment's status until the payment has ended. `reference` is its reference, its transactionId or its
   * conversationId.
   *
   * `accepted`: the money has moved. `refused`: it has not, and will not. `unknown`: the timeout has passed, and
   * `unknownReason` is `still_open`, `not_found` (the request never arrived: send it again with the same reference,
   * it pays once) or `not_answered`.
   */
  async waitForOutcome(
    reference: string,
    options: requests.WaitForOutcomeOptions = {},
  ): Promise<PaymentOutcome> {
    checkUnknownFields("options", options, waitForOutcomeOptions);
    const { serviceProviderCode } = options;
    const buildQuery = (): WireRequest =>
      buildRequest(calls.queryTransaction, { query: reference, serviceProviderCode }, this.#settings);
    // Invalid arguments throw before the first query, and the error names this method's arguments.
    encodeReference(reference, "reference");
    buildQuery();
    return waitForOutcome(
      reference,
      (signal) => this.#send(calls.queryTransaction, buildQuery(), signal),
      options,
    );
  }

  async #call<T>(call: Call<T>, request: object): Promise<Result<T>> {
    return this.#send(call, buildRequest(call, request, this.#settings));
  }

  async #send<T>(
    call: Call<T>,
    { reference, parameters }: WireRequest,
    signal?: AbortSignal,
  ): Promise<Result<T>> {
    const { timeoutMs } = this.#settings;
    try {
      const response = await sendCall(this.#settings, call, { parameters, bearer: this.#bearer, signal });
      return parseResponse(call, reference, response, timeoutMs);
    } catch (error) {
      throw toTransportError(reference, error);
    }
  }
}

const waitForOutcomeOptions: Readonly<Record<keyof requests.WaitForOutcomeOptions, true>> = {
  timeoutMs: true,
  signal: true,
  serviceProviderCode: true,
};

interface CallInput {
  readonly parameters: WireRequest["parameters"];
  readonly bearer: string;
  readonly signal: AbortSignal | undefined;
}

/**
 * Sends one request: parameters go into the query string for GET, and into a JSON body otherwise. The real gateway answers
 * a GET with a body with a page.
 */
async function sendCall(
  settings: IpgV1Settings,
  { method, path, port }: Call,
  { parameters, bearer, signal }: CallInput,
): Promise<WireResponse | typeof timedOut> {
  const { origin, timeoutMs, fetch } = settings;
  const url = buildUrl(settings, port, path);
  const headers = { Authorization: `Bearer ${bearer}`, Origin: origin, "Content-Type": "application/json" };
  const httpRequest = { method, headers, timeoutMs, signal, fetch };
  const response =
    method === "GET"
      ? await send({ ...httpRequest, url: `${url}?${new URLSearchParams(parameters).toString()}` })
      : await send({ ...httpRequest, url, body: JSON.stringify(parameters) });
  return response === timedOut ? timedOut : parseWireResponse(response);
}
