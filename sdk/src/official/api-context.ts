/**
 * `APIContext` and `APIMethodTypes`: the shape in which M-Pesa's own documentation describes a call, for programs
 * that were written by it. New programs are better off with `OpenApi`.
 */
import { encryptBearer, parseApiKey, parsePublicKey } from "../bearer.ts";
import { InvalidArgumentError } from "../errors.ts";
import { checkUnknownFields } from "../names.ts";

/** The methods that M-Pesa's calls have. */
export const APIMethodTypes = { GET: "GET", POST: "POST", PUT: "PUT" } as const;

export type APIMethodTypes = (typeof APIMethodTypes)[keyof typeof APIMethodTypes];

/** A whole number becomes its digits. A fraction has to be a text: it would not be exact. */
export type ParameterValue = string | bigint | number | boolean;

/** What a context can begin with; the setters set the same. */
export interface APIContextOptions {
  /** The API key for getSession, the session key for every other call. */
  readonly apiKey?: string;
  /** The environment's public key, as the portal shows it. */
  readonly publicKey?: string;
  /** https; true if absent. */
  readonly ssl?: boolean;
  /** GET if absent. */
  readonly methodType?: APIMethodTypes;
  /** A host's name, without a scheme; `openapi.m-pesa.com` if absent. */
  readonly address?: string;
  /** 443 if absent. */
  readonly port?: number | string;
  /** From the slash on: `/sandbox/ipg/v2/vodacomTZN/getSession/`. */
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly parameters?: Readonly<Record<string, ParameterValue>>;
  /** How long to wait for an answer, in milliseconds; 90,000 if absent. */
  readonly timeout?: number;
}

const knownOptions: Readonly<Record<keyof APIContextOptions, true>> = {
  apiKey: true,
  publicKey: true,
  ssl: true,
  methodType: true,
  address: true,
  port: true,
  path: true,
  headers: true,
  parameters: true,
  timeout: true,
};

/** All that a call is made of. */
export class APIContext {
  // A secret, which whoever prints a context should not see.
  #apiKey: string;
  publicKey: string;
  ssl: boolean;
  methodType: APIMethodTypes;
  address: string;
  port: number | string;
  path: string;
  timeout: number;
  readonly headers: Record<string, string> = {};
  readonly parameters: Record<string, string> = {};

  constructor(options: APIContextOptions = {}) {
    // A host that was misspelt would be the real M-Pesa.
    checkUnknownFields("options", options, knownOptions);
    this.#apiKey = options.apiKey ?? "";
    this.publicKey = options.publicKey ?? "";
    this.ssl = options.ssl ?? true;
    this.methodType = options.methodType ?? APIMethodTypes.GET;
    this.address = options.address ?? "openapi.m-pesa.com";
    this.port = options.port ?? 443;
    this.path = options.path ?? "/";
    this.timeout = options.timeout ?? 90_000;
    for (const [name, value] of Object.entries(options.headers ?? {})) this.addHeader(name, value);
    for (const [name, value] of Object.entries(options.parameters ?? {})) this.addParameter(name, value);
  }

  get apiKey(): string {
    return this.#apiKey;
  }

  set apiKey(apiKey: string) {
    this.#apiKey = apiKey;
  }

  setApiKey(apiKey: string): void {
    this.#apiKey = apiKey;
  }

  getApiKey(): string {
    return this.#apiKey;
  }

  setPublicKey(publicKey: string): void {
    this.publicKey = publicKey;
  }

  getPublicKey(): string {
    return this.publicKey;
  }

  setSsl(ssl: boolean): void {
    this.ssl = ssl;
  }

  getSsl(): boolean {
    return this.ssl;
  }

  setMethodType(methodType: APIMethodTypes): void {
    this.methodType = methodType;
  }

  getMethodType(): APIMethodTypes {
    return this.methodType;
  }

  setAddress(address: string): void {
    this.address = address;
  }

  getAddress(): string {
    return this.address;
  }

  setPort(port: number | string): void {
    this.port = port;
  }

  getPort(): number | string {
    return this.port;
  }

  setPath(path: string): void {
    this.path = path;
  }

  getPath(): string {
    return this.path;
  }

  setTimeout(timeout: number): void {
    this.timeout = timeout;
  }

  getTimeout(): number {
    return this.timeout;
  }

  /** Adds a header. One of this name, in whatever case, is replaced. */
  addHeader(name: string, value: string): void {
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name) || typeof value !== "string" || /[^\t\x20-\x7e]/.test(value))
      throw new InvalidArgumentError(name, `${name} is no header, or has a value that no header can have.`);
    for (const headerName of Object.keys(this.headers)) {
      if (headerName.toLowerCase() === name.toLowerCase()) delete this.headers[headerName];
    }
    this.headers[name] = value;
  }

  getHeaders(): Readonly<Record<string, string>> {
    return this.headers;
  }

  /** Adds a parameter. One of this name is replaced. */
  addParameter(name: string, value: ParameterValue): void {
    // "undefined" would be a good reference, once.
    if (!["string", "number", "bigint", "boolean"].includes(typeof value))
      throw new InvalidArgumentError(name, `${name} has no value.`);
    // Whoever has computed 0.1 + 0.2 should not pay it.
    if (typeof value === "number" && !Number.isSafeInteger(value))
      throw new InvalidArgumentError(
        name,
        `${name} is a number that may not be exact: write its digits as a text.`,
      );
    this.parameters[name] = String(value);
  }

  getParameters(): Readonly<Record<string, string>> {
    return this.parameters;
  }

  /** Where the call goes, without its parameters. */
  getUrl(): string {
    const { ssl, address, port, path } = this;
    // Else part of the address could become the path, or a name and a password.
    if (typeof address !== "string" || !/^(?:[\w.-]+|\[[\da-f:.]+\])$/i.test(address))
      throw new InvalidArgumentError(
        "address",
        "address must be a host's name alone: ssl, port and path say the rest.",
      );
    if (!/^\d{1,5}$/.test(String(port)) || Number(port) > 65_535)
      throw new InvalidArgumentError("port", "port must be a number.");
    if (typeof path !== "string" || !path.startsWith("/"))
      throw new InvalidArgumentError("path", "path must begin with a slash.");
    return `${ssl ? "https" : "http"}://${address}:${port}${path}`;
  }

  /** The key, encrypted to the public key: what the Authorization header has after `Bearer `. */
  createBearerToken(): string {
    return encryptBearer(parsePublicKey(this.publicKey), parseApiKey(this.apiKey));
  }
}
