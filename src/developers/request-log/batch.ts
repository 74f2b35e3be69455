/**
 * The requests of one rail that wait to be written. Runs on the event loop for every request, so it only collects: one
 * text with everything, and the numbers that say where each part of it ends. A worker masks and encodes it.
 */
import type { Environment } from "../../core/markets.ts";
import { absent, fixedTexts, maxTextLength } from "./block.ts";
import type { LoggedRequest } from "./logged-request.ts";

/** The log keeps at most this many headers and parameters, and this much of each, so that a request cannot fill it. */
const maxHeaders = 30;
const maxHeaderNameLength = 60;
const maxHeaderLength = 300;
/** For a request without a known key: anyone can send those. */
const strangerHeaders: ReadonlySet<string> = new Set([
  "host",
  "user-agent",
  "content-type",
  "content-length",
]);
const maxStrangerTextLength = 100;
const maxStrangerTexts = 24;
/** So that the sums of many amounts fit PostgreSQL's bigint. No market has larger payments. */
const maxAmountMinor = 10n ** 14n;

const secretHeaders: ReadonlySet<string> = new Set([
  "app-key",
  "app_key",
  "appkey",
  "authorization",
  "cookie",
  "proxy-authorization",
  "set-cookie",
  "x-api-key",
]);

/** Who was called, and what the response was: the columns of `request_log_series`. */
export interface Series {
  readonly applicationId: bigint;
  readonly credentialId: bigint;
  readonly environment: Environment;
  readonly protocol: string;
  readonly operation: string;
  readonly code: string;
  readonly httpStatus: number;
}

/** What the worker gets. The arrays' memory is moved to it, not copied. */
export interface EncodeTask {
  readonly segment: number;
  /** The key of the rail's environment for hashes. */
  readonly hashKey: Uint8Array;
  /** The texts of all requests, one after another. */
  readonly text: string;
  /** For each request its header set, the count of its texts and their lengths. */
  readonly numbers: Uint16Array;
  readonly headerSets: readonly string[];
  readonly ids: BigInt64Array;
  /** The amount of each request; -1 if it names none. */
  readonly amounts: BigInt64Array;
  /** The stored number of the series of each request. */
  readonly series: Int32Array;
  readonly latencies: Int32Array;
  readonly madePayment: Uint8Array;
  /** The customers' MSISDNs, separated by commas. */
  readonly customers: string;
  /** The names of requests without a payment, by the request's ordinal in the batch. */
  readonly names: readonly (readonly [ordinal: number, names: readonly string[]])[];
}

export class RequestBatch {
  /** The characters of the collected texts, about. */
  characters = 0;
  readonly series: Series[] = [];
  readonly #texts: string[] = [];
  readonly #numbers: number[] = [];
  readonly #headerSets = new Map<string, number>();
  readonly #ids: bigint[] = [];
  readonly #amounts: bigint[] = [];
  readonly #seriesOfRow: number[] = [];
  readonly #latencies: number[] = [];
  readonly #madePayment: number[] = [];
  readonly #customers: string[] = [];
  readonly #names: [number, readonly string[]][] = [];
  /** The ordinal of each series in `series`, by its credential and then by the rest. */
  readonly #seriesOrdinals = new Map<bigint, Map<string, number>>();

  get rows(): number {
    return this.#ids.length;
  }

  add(request: LoggedRequest): void {
    const isStranger = request.applicationId === null;
    this.#numbers.push(this.#addHeaders(request.headers, isStranger));
    const parameters = listParameterTexts(request.request, isStranger);
    this.#numbers.push(fixedTexts.length + parameters.length);
    const limit = isStranger ? maxStrangerTextLength : maxTextLength;
    this.#addText(request.source, limit);
    this.#addText(request.method, limit);
    this.#addText(request.path, maxHeaderLength);
    this.#addText(request.apiKeyHint, limit);
    this.#addText(request.organisation, limit);
    this.#addText(request.reference, limit);
    this.#addText(request.msisdnMasked, limit);
    // The names are stored as hashes, which the worker adds.
    this.#addText(null, 0);
    this.#addText(request.reason, maxTextLength);
    this.#addText(request.responseBody, maxTextLength);
    for (const text of parameters) this.#addText(text, limit);
    this.#addColumns(request);
  }

  /** What the worker needs. `seriesNumbers` has the stored number of each of `series`. */
  toTask(segment: number, hashKey: Uint8Array, seriesNumbers: readonly number[]): EncodeTask {
    return {
      segment,
      hashKey,
      text: this.#texts.join(""),
      numbers: Uint16Array.from(this.#numbers),
      headerSets: [...this.#headerSets.keys()],
      ids: BigInt64Array.from(this.#ids),
      amounts: BigInt64Array.from(this.#amounts),
      series: Int32Array.from(this.#seriesOfRow, (ordinal) => seriesNumbers[ordinal] ?? 0),
      latencies: Int32Array.from(this.#latencies),
      madePayment: Uint8Array.from(this.#madePayment),
      customers: this.#customers.join(","),
      names: this.#names,
    };
  }

  #addColumns(request: LoggedRequest): void {
    const { amountMinor, reference, names } = request;
    if (!request.madePayment) {
      const named = reference === null || reference === "" ? names : [reference, ...names];
      if (named.length > 0) this.#names.push([this.#ids.length, named]);
    }
    this.#ids.push(request.id);
    this.#amounts.push(amountMinor === null || amountMinor > maxAmountMinor ? -1n : amountMinor);
    this.#seriesOfRow.push(this.#findSeries(request));
    this.#latencies.push(Math.min(Math.max(0, request.latencyUs), 0x7fffffff));
    this.#madePayment.push(request.madePayment ? 1 : 0);
    this.#customers.push(request.customer ?? "");
  }

  #addText(text: string | null, limit: number): void {
    if (text === null) {
      this.#numbers.push(absent);
      return;
    }
    const kept = text.length > limit ? text.slice(0, limit) : text;
    this.#numbers.push(kept.length);
    this.characters += kept.length;
    this.#texts.push(kept);
  }

  #addHeaders(headers: LoggedRequest["headers"], isStranger: boolean): number {
    let set = "";
    let count = 0;
    for (const name in headers) {
      if (secretHeaders.has(name) || (isStranger && !strangerHeaders.has(name))) continue;
      if (++count > maxHeaders) break;
      const value = String(headers[name] ?? "");
      const limit = isStranger ? maxStrangerTextLength : maxHeaderLength;
      set += `${name.length > maxHeaderNameLength ? name.slice(0, maxHeaderNameLength) : name}\0${value.length > limit ? value.slice(0, limit) : value}\0`;
    }
    let ordinal = this.#headerSets.get(set);
    if (ordinal === undefined) {
      ordinal = this.#headerSets.size;
      this.#headerSets.set(set, ordinal);
      this.characters += set.length;
    }
    return ordinal;
  }

  #findSeries(request: LoggedRequest): number {
    const credentialId = request.credentialId ?? 0n;
    let ordinals = this.#seriesOrdinals.get(credentialId);
    if (ordinals === undefined) this.#seriesOrdinals.set(credentialId, (ordinals = new Map()));
    const { applicationId, environment, protocol, operation, code, httpStatus } = request;
    const key = `${applicationId ?? 0n} ${operation} ${code} ${httpStatus} ${protocol} ${environment}`;
    let ordinal = ordinals.get(key);
    if (ordinal === undefined) {
      ordinal = this.series.length;
      ordinals.set(key, ordinal);
      this.series.push({
        applicationId: applicationId ?? 0n,
        credentialId,
        environment,
        protocol,
        operation,
        code,
        httpStatus,
      });
    }
    return ordinal;
  }
}

function listParameterTexts(parameters: LoggedRequest["request"], isStranger: boolean): readonly string[] {
  if (typeof parameters === "string") return [parameters];
  return isStranger && parameters.length > maxStrangerTexts
    ? parameters.slice(0, maxStrangerTexts)
    : parameters;
}
