/** The client: a typed method for every call of the M-Pesa OpenAPI, against the real M-Pesa or Pesarail. */
import { parseResponse, unauthorisedResult } from "./answers.ts";
import { encryptBearer, isEncryptableKey } from "./bearer.ts";
import { calls, sessionCall, type Call } from "./calls.ts";
import { TransportError } from "./errors.ts";
import { isSuccessCode } from "./explain.ts";
import { validateReference } from "./fields.ts";
import { operations } from "./generated/openapi-v2.ts";
import { checkUnknownFields } from "./names.ts";
import type { MpesaOpenApiOptions } from "./options.ts";
import { buildRequest, type WireRequest } from "./parameters.ts";
import { createReference } from "./references.ts";
import type * as requests from "./requests.ts";
import type { Environment, Market } from "./requests.ts";
import type * as results from "./results.ts";
import type { Result, PaymentOutcome } from "./results.ts";
import { Sessions, type SessionDenied, type SessionResult, type Session } from "./sessions.ts";
import { waitForOutcome } from "./settle.ts";
import { parseOptions, type ClientSettings } from "./settings.ts";
import { ConnectionError, send, timedOut } from "./transport.ts";
import { sleep } from "./waiting.ts";

/**
 * A client of one market in one environment. Make one and keep it: it holds the session that all its calls share.
 *
 * A "no" is data (`outcome`), and so is not knowing. Thrown are `MisuseError` (nothing was sent) and
 * `TransportError` (the connection failed). No payment is ever sent twice by the client itself; only a request that
 * authentication refused, which nobody looked at, is sent again once there is a session.
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

  /** C2B, single stage: a customer pays you. They are asked on their phone, and the money moves at once. */
  collect(request: requests.CollectRequest): Promise<Result<results.Paid>> {
    return this.#call(calls.collect, request);
  }

  /** C2B, first of two steps: a customer's money is held for you. Keep what it answers: `commit` and `release` want it. */
  reserve(request: requests.ReserveRequest): Promise<Result<results.Reserved>> {
    return this.#call(calls.reserve, request);
  }

  /** C2B, second step: takes the money that `reserve` held. */
  commit(request: requests.HoldRequest): Promise<Result<results.Paid>> {
    return this.#call(calls.commit, request);
  }

  /** C2B, second step: gives the money that `reserve` held back to the customer. */
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

  /** Takes a completed payment back, in full or in part. */
  reverse(request: requests.ReverseRequest): Promise<Result<results.Paid>> {
    return this.#call(calls.reverse, request);
  }

  /** Asks once how a payment stands; `accepted` means that the question was answered. `settle` asks until it has ended. */
  queryTransaction(request: requests.QueryTransactionRequest): Promise<Result<results.PaymentStatus>> {
    return this.#call(calls.queryTransaction, request);
  }

  /** Asks for the name behind a number, before money is sent to it. Ghana alone offers it. */
  queryBeneficiary(request: requests.QueryBeneficiaryRequest): Promise<Result<results.Beneficiary>> {
    return this.#call(calls.queryBeneficiary, request);
  }

  /** Direct debit: asks a customer to consent to be debited. */
  createMandate(request: requests.CreateMandateRequest): Promise<Result<results.MandateCreated>> {
    return this.#call(calls.createMandate, request);
  }

  /** Direct debit: debits a customer under a mandate, without asking them again. */
  debitMandate(request: requests.DebitMandateRequest): Promise<Result<results.MandateDebited>> {
    return this.#call(calls.debitMandate, request);
  }

  /** Direct debit: asks what a mandate allows, and whether the customer has an amount. */
  queryMandate(request: requests.QueryMandateRequest): Promise<Result<results.Mandate>> {
    return this.#call(calls.queryMandate, request);
  }

  /** Direct debit: ends a mandate. */
  cancelMandate(request: requests.CancelMandateRequest): Promise<Result<results.MandateCancelled>> {
    return this.#call(calls.cancelMandate, request);
  }

  /**
   * Finds out how a payment ended, by asking until it has: by its reference, or by its transaction's or
   * conversation's id.
   *
   * `accepted`: the money has moved. `refused`: it has not, and will not. `unknown`: patience is over, and `why` is
   * `still_open`, `not_found` (the request never arrived: send it again with the same reference, it pays once) or
   * `not_answered`.
   */
  async waitForOutcome(
    reference: string,
    options: requests.WaitForOutcomeOptions = {},
  ): Promise<PaymentOutcome> {
    checkUnknownFields("options", options, waitForOutcomeOptions);
    const { serviceProviderCode } = options;
    const buildQuery = (): WireRequest =>
      buildRequest(calls.queryTransaction, { query: reference, serviceProviderCode }, this.#settings);
    // Misuse is thrown before anything is asked, in the words of this call.
    validateReference("reference", reference);
    buildQuery();
    return waitForOutcome(
      reference,
      (signal) => this.#send(calls.queryTransaction, buildQuery(), signal),
      options,
    );
  }

  /** The key of the session that the client's calls share. You need it only for what this client cannot do. */
  async getSession(): Promise<Result<results.SessionKey>> {
    const reference = createReference();
    try {
      const shared = await this.#sessions.shared();
      if ("denial" in shared) return unauthorisedResult(reference, shared.denial);
      return parseResponse(sessionCall, reference, shared.response, this.#settings.timeoutMs);
    } catch (error) {
      throw addReference(reference, error);
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
      throw addReference(reference, error);
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

/** One request of a call: its parameters in the query for GET, and in a JSON body otherwise. */
function sendOperation(settings: ClientSettings, call: Call, input: OperationInput): Promise<SessionResult> {
  const { environment, market, baseUrl, origin, fetch } = settings;
  const { parameters, bearer, timeoutMs, signal } = input;
  const { method, path } = operations[call.operation];
  const url = `${baseUrl}/${environmentPaths[environment]}/ipg/v2/${market}/${path}/`;
  const query = new URLSearchParams(parameters).toString();
  const headers = { Authorization: `Bearer ${bearer}`, Origin: origin, "Content-Type": "application/json" };
  const httpRequest = { method, headers, timeoutMs, signal, fetch };
  return method === "GET"
    ? send({ ...httpRequest, url: query === "" ? url : `${url}?${query}` })
    : send({ ...httpRequest, url, body: JSON.stringify(parameters) });
}

/** The wire calls live `openapi`. */
const environmentPaths: Readonly<Record<Environment, string>> = { sandbox: "sandbox", live: "openapi" };

/** Longer than getSession ever takes; nobody's phone is asked. */
const maxSessionTimeoutMs = 30_000;

const sessionRetryDelaysMs = [200, 1_000];

/** Buys a session. It moves no money, so a broken connection is tried again. Throws `Broken`. */
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
  new ConnectionError(`getSession was not answered within ${timeoutMs / 1000} s.`, { mayHaveArrived: false });

const missingSessionKeyError = (httpStatus: number): ConnectionError =>
  new ConnectionError("getSession was answered without a session key.", {
    mayHaveArrived: false,
    httpStatus,
  });

/** Without a session no payment left this client, whatever became of getSession. */
function markNotArrived(error: unknown): unknown {
  if (!(error instanceof ConnectionError)) return error;
  const { message, httpStatus, excerpt, cause } = error;
  return new ConnectionError(message, { mayHaveArrived: false, httpStatus, excerpt, cause });
}

/** A fault as the caller hears of it: with the reference of their own request in it. */
function addReference(reference: string, error: unknown): unknown {
  if (!(error instanceof ConnectionError)) return error;
  const { message, mayHaveArrived, httpStatus, excerpt, cause } = error;
  return new TransportError(message, { reference, mayHaveArrived, httpStatus, excerpt, cause });
}
