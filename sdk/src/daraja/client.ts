/** The client: a typed method for every call of Daraja, Kenya's M-Pesa. It works with the real M-Pesa and with Pesarail. */
import { checkUnknownFields } from "../check-unknown-fields.ts";
import { InvalidArgumentError } from "../errors.ts";
import { toTransportError } from "../http/connection-error.ts";
import type { timedOut } from "../http/send.ts";
import { buildRequest, type WireRequest } from "./build-request.ts";
import type { Call } from "./call.ts";
import { calls } from "./calls.ts";
import type { DarajaOptions } from "./options.ts";
import { createUnauthorised, isRefusedToken, parseResponse } from "./parse-response.ts";
import type * as requests from "./requests.ts";
import type { Environment } from "./requests.ts";
import type * as results from "./results.ts";
import type {
  Accepted,
  AcknowledgedResult,
  Done,
  PaymentOutcome,
  Refused,
  Result,
  Unknown,
} from "./results.ts";
import { parseOptions, type DarajaClientSettings } from "./settings.ts";
import { postJson, requestToken } from "./send-request.ts";
import { Tokens } from "./tokens.ts";
import { waitForOutcome } from "./wait-for-outcome.ts";
import type { WireResponse } from "./wire-response.ts";

/**
 * A client for one application in one environment. Create one and reuse it: it caches the token that all its calls
 * share.
 *
 * Calls that move money are `acknowledged`, and their results go to your listener. A refusal and an unknown outcome are
 * results, not exceptions. The client throws `InvalidArgumentError` (nothing was sent) and `TransportError` (the
 * connection failed). It never sends a payment twice: it repeats only a request whose token was not accepted, because
 * the platform did not process it.
 */
export class Daraja {
  readonly environment: Environment;
  readonly baseUrl: string;
  readonly #settings: DarajaClientSettings;
  readonly #tokens: Tokens;
  /** Bill Manager's key, from the opt-in. */
  #appKey: string | null = null;

  constructor(options: DarajaOptions) {
    const settings = parseOptions(options);
    this.#settings = settings;
    this.environment = settings.environment;
    this.baseUrl = settings.baseUrl;
    this.#tokens = new Tokens(() => requestToken(settings));
  }

  /** STK push (M-Pesa Express): prompts a customer to pay your paybill or till. */
  collect(request: requests.CollectRequest): Promise<AcknowledgedResult<results.CollectionRequested>> {
    const { till, ...rest } = requireObject(request);
    const { accountReference, description = accountReference?.slice(0, 13) } = rest;
    const receiver = till ?? rest.shortcode ?? this.#settings.shortcode;
    return this.#acknowledge(
      calls.collect,
      { ...rest, description },
      {
        receiver,
        receiverKind: till === undefined ? "paybill" : "till",
      },
      (parameters) => ({ ...parameters, PartyA: parameters["PhoneNumber"] }),
    );
  }

  /** STK query: the state of a `collect`, once. `waitForOutcome` polls until the customer has answered. */
  queryCollection(request: requests.QueryCollectionRequest): Promise<Result<results.CollectionStatus>> {
    return this.#call(calls.queryCollection, request);
  }

  /**
   * Polls a `collect` until it has ended.
   *
   * `accepted`: the customer paid. `refused`: they did not, and will not. `unknown`: the timeout has passed, and
   * `unknownReason` is `still_open`, `not_found` or `not_answered`.
   */
  async waitForOutcome(
    checkoutRequestId: string,
    options: requests.WaitForOutcomeOptions = {},
  ): Promise<PaymentOutcome> {
    checkUnknownFields("options", options, waitForOutcomeOptions);
    const { shortcode } = options;
    const buildQuery = (): WireRequest =>
      buildRequest(calls.queryCollection, { checkoutRequestId, shortcode }, this.#settings);
    // Invalid arguments throw before the first query.
    buildQuery();
    return waitForOutcome(
      checkoutRequestId,
      (signal) => this.#send(calls.queryCollection, buildQuery(), signal),
      options,
    );
  }

  /** C2B: registers the URLs for payments to your paybill or till. */
  registerUrls(request: requests.RegisterUrlsRequest): Promise<Result<Done>> {
    return this.#call(this.#collectionCalls.registerUrls, request);
  }

  /** C2B, only in the sandbox: a customer pays your paybill or till. */
  simulate(request: requests.SimulateRequest): Promise<AcknowledgedResult<results.SimulatedPayment>> {
    return this.#acknowledge(this.#collectionCalls.simulate, request);
  }

  /** B2C: you pay a customer. */
  payOut(request: requests.PayOutRequest): Promise<AcknowledgedResult<results.CallRequested>> {
    return this.#settings.payOutVersion === "v1"
      ? this.#acknowledge(calls.payOutV1, request)
      : this.#acknowledge(calls.payOutV3, request);
  }

  /** B2Pochi: you pay a customer's Pochi la Biashara wallet. */
  payPochi(request: requests.PayPochiRequest): Promise<AcknowledgedResult<results.CallRequested>> {
    return this.#acknowledge(calls.payPochi, request);
  }

  /** B2B: you pay another organisation, or move money between your own accounts. */
  transfer(request: requests.TransferRequest): Promise<AcknowledgedResult<results.CallRequested>> {
    return this.#acknowledge(calls.transfer, request);
  }

  /** Tax remittance: you pay the Kenya Revenue Authority. */
  payTax(request: requests.PayTaxRequest): Promise<AcknowledgedResult<results.CallRequested>> {
    return this.#acknowledge(calls.payTax, request);
  }

  /** B2B express checkout: prompts a merchant to pay you from their till. */
  async collectFromTill(
    request: requests.CollectFromTillRequest,
  ): Promise<AcknowledgedResult<results.CheckoutRequested>> {
    const result = await this.#acknowledge(calls.collectFromTill, request);
    return result.outcome === "acknowledged" ? { ...result, requestId: result.reference ?? "" } : result;
  }

  /** Reverses a customer's payment to you, in full or in part. */
  reverse(request: requests.ReverseRequest): Promise<AcknowledgedResult<results.CallRequested>> {
    if (Object.hasOwn(requireObject(request), "amount") && !request.amount)
      // An empty form field would otherwise reverse the whole payment.
      throw new InvalidArgumentError("amount", "amount is empty. Omit it to reverse the whole payment.");
    return this.#acknowledge(calls.reverse, request);
  }

  /** Account balance: the listener gets the balances of your organisation's accounts. */
  queryBalance(
    request: requests.QueryBalanceRequest = {},
  ): Promise<AcknowledgedResult<results.CallRequested>> {
    return this.#acknowledge(calls.queryBalance, request);
  }

  /** Transaction status: the listener gets a payment's state. Use it if the outcome of `payOut` is unknown. */
  queryTransaction(
    request: requests.QueryTransactionRequest,
  ): Promise<AcknowledgedResult<results.CallRequested>> {
    const { transactionId, originatorConversationId } = requireObject(request);
    if (!transactionId && !originatorConversationId)
      throw new InvalidArgumentError(
        "transactionId",
        "transactionId or originatorConversationId is required.",
      );
    return this.#acknowledge(calls.queryTransaction, request);
  }

  /** Dynamic QR: an image that a customer scans to pay. */
  createQrCode(request: requests.CreateQrCodeRequest): Promise<Result<results.QrCode>> {
    const { shortcode = this.#settings.shortcode, ...rest } = requireObject(request);
    return this.#call(calls.createQrCode, { ...rest, receiver: rest.receiver ?? shortcode });
  }

  /** Ratiba: prompts a customer to agree to pay you regularly. */
  createRatibaOrder(
    request: requests.CreateRatibaOrderRequest,
  ): Promise<AcknowledgedResult<results.RatibaOrderRequested>> {
    const { receiverKind = "paybill", ...rest } = requireObject(request);
    const { accountReference, description = accountReference?.slice(0, 13) } = rest;
    return this.#acknowledge(
      calls.createRatibaOrder,
      { ...rest, receiverKind, description },
      { identifierKind: receiverKind },
    );
  }

  /** Registers your organisation for `pullTransactions`. */
  registerPull(request: requests.RegisterPullRequest): Promise<Result<Done>> {
    return this.#call(calls.registerPull, request);
  }

  /** Lists payments to your organisation, for those whose callback was lost. */
  pullTransactions(request: requests.PullTransactionsRequest): Promise<Result<results.PulledTransactions>> {
    return this.#call(calls.pullTransactions, request);
  }

  /** Hakikisha: queries a customer's name. */
  queryCustomer(request: requests.QueryCustomerRequest): Promise<Result<results.CustomerName>> {
    const header = { requestID: crypto.randomUUID(), timestamp: String(Math.floor(Date.now() / 1000)) };
    return this.#call(calls.queryCustomer, request, {}, (parameters) => ({ header, ...parameters }));
  }

  /** Queries the name of an organisation. */
  queryOrganisation(request: requests.QueryOrganisationRequest): Promise<Result<results.OrganisationName>> {
    return this.#call(calls.queryOrganisation, request);
  }

  /** Bill Manager: registers your organisation as a biller. */
  async registerBiller(request: requests.BillerRequest): Promise<Result<results.Biller>> {
    const result = await this.#call(calls.registerBiller, toWireBiller(request));
    if (result.outcome === "accepted" && result.appKey !== "") this.#appKey = result.appKey;
    return result;
  }

  /** Bill Manager: changes what `registerBiller` registered. */
  changeBiller(request: requests.BillerRequest): Promise<Result<Done>> {
    return this.#call(calls.changeBiller, toWireBiller(request));
  }

  /** Bill Manager: sends an invoice to a customer. */
  createInvoice(request: requests.InvoiceRequest): Promise<Result<Done>> {
    return this.#call(calls.createInvoice, request);
  }

  /** Bill Manager: sends up to 1,000 invoices. */
  createInvoices(requests: readonly requests.InvoiceRequest[]): Promise<Result<Done>> {
    return this.#callWithList(calls.createInvoices, requests);
  }

  /** Bill Manager: changes an invoice. */
  changeInvoice(request: requests.InvoiceRequest): Promise<Result<Done>> {
    return this.#call(calls.changeInvoice, request);
  }

  /** Bill Manager: changes up to 1,000 invoices. */
  changeInvoices(requests: readonly requests.InvoiceRequest[]): Promise<Result<Done>> {
    return this.#callWithList(calls.changeInvoices, requests);
  }

  /** Bill Manager: informs a customer that their payment arrived. */
  reconcileInvoice(request: requests.ReconcileInvoiceRequest): Promise<Result<Done>> {
    return this.#call(calls.reconcileInvoice, request);
  }

  /** Bill Manager: cancels an unpaid invoice. */
  cancelInvoice(request: requests.CancelInvoiceRequest): Promise<Result<Done>> {
    return this.#call(calls.cancelInvoice, request);
  }

  /** Bill Manager: cancels up to 1,000 unpaid invoices. */
  cancelInvoices(requests: readonly requests.CancelInvoiceRequest[]): Promise<Result<Done>> {
    return this.#callWithList(calls.cancelInvoices, requests);
  }

  /** The token that the client's calls share. You need it only for calls that this client does not support. */
  async getToken(): Promise<Result<results.AccessToken>> {
    try {
      const token = await this.#tokens.get();
      if ("denial" in token) return createUnauthorised(null, token.denial);
      return {
        outcome: "accepted",
        code: "0",
        reason: "The platform issued a token.",
        reference: null,
        httpStatus: 200,
        fields: {},
        accessToken: token.value,
      };
    } catch (error) {
      throw toTransportError("", error);
    }
  }

  get #collectionCalls(): typeof calls.collectionV2 {
    return this.#settings.collectionVersion === "v1" ? calls.collectionV1 : calls.collectionV2;
  }

  /** A call whose result follows by callback: its success is only an acknowledgement. */
  async #acknowledge<T>(
    call: Call<T>,
    request: object,
    derived?: Readonly<Record<string, unknown>>,
    complete?: (parameters: WireRequest["parameters"]) => WireRequest["parameters"],
  ): Promise<AcknowledgedResult<T>> {
    const result = await this.#call(call, request, derived, complete);
    if (result.outcome !== "accepted") return result;
    return {
      ...result,
      outcome: "acknowledged",
      reason: "The platform accepted the request. The result goes to your listener. Nothing is paid yet.",
    };
  }

  #call<T>(
    call: Call<T>,
    request: object,
    derived?: Readonly<Record<string, unknown>>,
    complete: (parameters: WireRequest["parameters"]) => WireRequest["parameters"] = (each) => each,
  ): Promise<Accepted<T> | Refused | Unknown> {
    const { reference, parameters } = buildRequest(call, request, this.#settings, derived);
    return this.#send(call, { reference, parameters: complete(parameters) });
  }

  #callWithList<T>(call: Call<T>, list: readonly object[]): Promise<Result<T>> {
    if (!Array.isArray(list) || list.length === 0 || list.length > maxListLength)
      throw new InvalidArgumentError("requests", `The list must have 1 to ${maxListLength} requests.`);
    const parameters = list.map((request) => buildRequest(call, request, this.#settings).parameters);
    return this.#send(call, { reference: null, parameters });
  }

  async #send<T>(
    call: Call<T>,
    { reference, parameters }: { readonly reference: string | null; readonly parameters: object },
    signal?: AbortSignal,
  ): Promise<Accepted<T> | Refused | Unknown> {
    const { timeoutMs } = this.#settings;
    const post = (token: string): Promise<WireResponse | typeof timedOut> =>
      postJson(this.#settings, call.path, { parameters, token, appKey: this.#appKey, signal });
    try {
      const result = await this.#tokens.send(post, isRefusedToken);
      if (typeof result === "object" && "denial" in result)
        return createUnauthorised(reference, result.denial);
      return parseResponse(call, result, { reference, timeoutMs });
    } catch (error) {
      throw toTransportError(reference ?? "", error);
    }
  }
}

const maxListLength = 1_000;

/** Of a program without types. `buildRequest` checks the fields. */
function requireObject<T>(request: T): T {
  if (typeof request === "object" && request !== null) return request;
  throw new InvalidArgumentError("request", "request must be an object.");
}

const toWireBiller = (request: requests.BillerRequest): object => ({
  ...requireObject(request),
  sendReminders: typeof request.sendReminders === "boolean" ? String(request.sendReminders) : undefined,
});

const waitForOutcomeOptions: Readonly<Record<keyof requests.WaitForOutcomeOptions, true>> = {
  timeoutMs: true,
  signal: true,
  shortcode: true,
};
