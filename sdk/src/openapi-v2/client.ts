/** The client: a typed method for every call of the M-Pesa OpenAPI. It works with the real M-Pesa and with Pesarail. */
import { parseResponse, unauthorisedResult } from "./parse-response.ts";
import { encryptBearer, isEncryptableKey } from "../http/bearer.ts";
import { calls, sessionCall, type Call } from "./operations.ts";
import { isSuccessCode } from "./codes.ts";
import { validateReference } from "./field-encoders.ts";
import { operations } from "./generated.ts";
import { checkUnknownFields } from "../check-unknown-fields.ts";
import type { MpesaOpenApiOptions } from "./options.ts";
import { buildRequest, type WireRequest } from "./build-request.ts";
import { createReference } from "../references.ts";
import type * as requests from "./requests.ts";
import type { Environment, Market } from "./requests.ts";
import type * as results from "./results.ts";
import type { Result, PaymentOutcome } from "./results.ts";
import { Sessions, type SessionDenied, type SessionResult, type Session } from "./sessions.ts";
import { waitForOutcome } from "./wait-for-outcome.ts";
import { parseOptions, type ClientSettings } from "./settings.ts";
import { parseWireResponse } from "./wire-response.ts";
import { ConnectionError, toTransportError } from "../http/connection-error.ts";
import { send, timedOut } from "../http/send.ts";
import { sleep } from "../http/sleep.ts";

/**
 * A client for one market in one environment. Create one and reuse it: it caches the session that all its calls share.
 *
 * A refusal and an unknown outcome are results, not exceptions (`outcome`). The client throws `InvalidArgumentError`
 * (nothing was sent) and `TransportError` (the connection failed). The client never sends a payment twice. It repeats
 * only a request that failed authentication, because the platform did not process it.
 */
export class MpesaOpenApi {
  readonly environment: Environment;
  readonly market: Market;
  readonly baseUrl: string;
  readonly #settings: ClientSettings;
  readonly #sessions: Sessions;

  constructor(options: MpesaOpenApiOptions) {
    const settings = parseOptions(options);
    this.#settings = settings;
    this.environment = settings.environment;
    this.market = settings.market;
    this.baseUrl = settings.baseUrl;
    this.#sessions = new Sessions({
      lifetimeMs: settings.sessionLifetimeMs,
      activationTimeoutMs: settings.activationTimeoutMs,
      requestSession: () => requestSession(settings),
    });
  }

  /** C2B, single stage: a customer pays you. They approve on their phone, and the money moves at once. */
  collect(request: requests.CollectRequest): Promise<Result<results.Paid>> {
    return this.#call(calls.collect, request);
  }

  /** C2B, first of two steps: holds a customer's money for you. Keep the result: `commit` and `release` need it. */
  reserve(request: requests.ReserveRequest): Promise<Result<results.Reserved>> {
    return this.#call(calls.reserve, request);
  }

  /** C2B, second step: takes the money that `reserve` held. */
  commit(request: requests.HoldRequest): Promise<Result<results.Paid>> {
    return this.#call(calls.commit, request);
  }

  /** C2B, second step: returns the money that `reserve` held to the customer. */
  release(request: requests.HoldRequest): Promise<Result<results.Paid>> {
    return this.#call(calls.release, request);
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

  /** Queries the customer's name for a number, for example before you pay out to it. Only Ghana supports it. */
  queryBeneficiary(request: requests.QueryBeneficiaryRequest): Promise<Result<results.Beneficiary>> {
    return this.#call(calls.queryBeneficiary, request);
  }

  /** Direct debit: requests a customer's consent to be debited. */
  createMandate(request: requests.CreateMandateRequest): Promise<Result<results.MandateCreated>> {
    return this.#call(calls.createMandate, request);
  }

  /** Direct debit: debits a customer under a mandate, without another prompt. */
  debitMandate(request: requests.DebitMandateRequest): Promise<Result<results.MandateDebited>> {
    return this.#call(calls.debitMandate, request);
  }

  /** Direct debit: queries a mandate's terms, and whether the customer's balance covers an amount. */
  queryMandate(request: requests.QueryMandateRequest): Promise<Result<results.Mandate>> {
    return this.#call(calls.queryMandate, request);
  }

  /** Direct debit: cancels a mandate. */
  cancelMandate(request: requests.CancelMandateRequest): Promise<Result<results.MandateCancelled>> {
    return this.#call(calls.cancelMandate, request);
  }

  /**
   * Polls a payment's status until the payment has ended. `reference` is its reference, its transactionId or its
   * conversationId. An id always means its own payment. A reference that several calls share means the original: the
   * payment, not its commit, release or reversal.
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
    validateReference("reference", reference);
    buildQuery();
    return waitForOutcome(
      reference,
      (signal) => this.#send(calls.queryTransaction, buildQuery(), signal),
      options,
    );
  }

  /** The session key that the client's calls share. You need it only for calls that this client does not support. */
  async getSession(): Promise<Result<results.SessionKey>> {
    const reference = createReference();
    try {
      const shared = await this.#sessions.shared();
      if ("denial" in shared) return unauthorisedResult(reference, shared.denial);
      return parseResponse(sessionCall, reference, shared.response, this.#settings.timeoutMs);
    } catch (error) {
      throw toTransportError(reference, error);
    }
  }

  async #call<T>(call: Call<T>, request: object): Promise<Result<T>> {
    return this.#send(call, buildRequest(call, request, this.#settings));
  }

  async #send<T>(call: Call<T>, wireRequest: WireRequest, signal?: AbortSignal): Promise<Result<T>> {
    const { reference, parameters } = wireRequest;
    try {
      const result = await this.#sessions.send((bearer) =>
        sendOperation(this.#settings, call, {
          parameters,
          bearer,
          timeoutMs: this.#settings.timeoutMs,
          signal,
        }),
      );
      if (typeof result === "object" && "denial" in result)
        return unauthorisedResult(reference, result.denial);
      return parseResponse(call, reference, result, this.#settings.timeoutMs);
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

interface OperationInput {
  readonly parameters: Readonly<Record<string, string>>;
  readonly bearer: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Sends one request: parameters go into the query string for GET, and into a JSON body otherwise. */
async function sendOperation(
  settings: ClientSettings,
  call: Call,
  input: OperationInput,
): Promise<SessionResult> {
  const { environment, market, baseUrl, origin, fetch } = settings;
  const { parameters, bearer, timeoutMs, signal } = input;
  const { method, path } = operations[call.operation];
  const url = `${baseUrl}/${environmentPaths[environment]}/ipg/v2/${market}/${path}/`;
  const query = new URLSearchParams(parameters).toString();
  const headers = { Authorization: `Bearer ${bearer}`, Origin: origin, "Content-Type": "application/json" };
  const httpRequest = { method, headers, timeoutMs, signal, fetch };
  const response =
    method === "GET"
      ? await send({ ...httpRequest, url: query === "" ? url : `${url}?${query}` })
      : await send({ ...httpRequest, url, body: JSON.stringify(parameters) });
  return response === timedOut ? timedOut : parseWireResponse(response);
}

/** The live environment's path segment is `openapi`. */
const environmentPaths: Readonly<Record<Environment, string>> = { sandbox: "sandbox", live: "openapi" };

/** getSession involves no customer, so it needs less time than a payment. */
const maxSessionTimeoutMs = 30_000;

const sessionRetryDelaysMs = [200, 1_000];

/** Requests a session. It moves no money, so it is safe to retry after a failed connection. Throws `ConnectionError`. */
async function requestSession(settings: ClientSettings): Promise<Session | SessionDenied> {
  const { apiKey, publicKey } = settings;
  const timeoutMs = Math.min(settings.timeoutMs, maxSessionTimeoutMs);
  const bearer = encryptBearer(publicKey, apiKey);
  for (let attempt = 0; ; attempt += 1) {
    try {
      const response = await sendOperation(settings, sessionCall, { parameters: {}, bearer, timeoutMs });
      if (response === timedOut) throw sessionTimeoutError(timeoutMs);
      const { output_SessionID: key = "", output_ResponseCode: code = "" } = response.fields;
      if (isEncryptableKey(key)) return { response, bearer: encryptBearer(publicKey, key) };
      if (isSuccessCode(code)) throw missingSessionKeyError(response.status);
      return { denial: response };
    } catch (error) {
      const delayMs = sessionRetryDelaysMs[attempt];
      if (!(error instanceof ConnectionError) || error.httpStatus !== null || delayMs === undefined)
        throw markNotArrived(error);
      await sleep(delayMs);
    }
  }
}

const sessionTimeoutError = (timeoutMs: number): ConnectionError =>
  new ConnectionError(`getSession timed out after ${timeoutMs / 1000} s.`, { mayHaveArrived: false });

const missingSessionKeyError = (httpStatus: number): ConnectionError =>
  new ConnectionError("The response to getSession has no session key.", {
    mayHaveArrived: false,
    httpStatus,
  });

/** Without a session the client has sent no payment, even if getSession itself arrived. */
function markNotArrived(error: unknown): unknown {
  if (!(error instanceof ConnectionError)) return error;
  const { message, httpStatus, excerpt, cause } = error;
  return new ConnectionError(message, { mayHaveArrived: false, httpStatus, excerpt, cause });
}
