/**
 * `APIContext` and `APIMethodTypes`: the API that M-Pesa's own documentation describes, for existing programs.
 * New programs should use `MpesaOpenApi`.
 */
import { encryptBearer, parseApiKey, parsePublicKey } from "../http/bearer.ts";
import { InvalidArgumentError } from "../errors.ts";
import { checkUnknownFields } from "../check-unknown-fields.ts";

/** The HTTP methods of M-Pesa's calls. */
export const APIMethodTypes = { GET: "GET", POST: "POST", PUT: "PUT" } as const;

export type APIMethodTypes = (typeof APIMethodTypes)[keyof typeof APIMethodTypes];

/** A whole number is sent as digits. Pass a fraction as a string: as a number it would not be exact. */
export type ParameterValue = string | bigint | number | boolean;

/** Initial values of a context; each also has a setter. */
export interface APIContextOptions {
  /** The API key for getSession, the session key for every other call. */
  readonly apiKey?: string;
  /** The environment's public key, copied from the portal. */
  readonly publicKey?: string;
  /** Whether to use https; default true. */
  readonly ssl?: boolean;
  /** Default GET. */
  readonly methodType?: APIMethodTypes;
  /** A host name, without a scheme; default `openapi.m-pesa.com`. */
  readonly address?: string;
  /** Default 443. */
  readonly port?: number | string;
  /** With a leading slash: `/sandbox/ipg/v2/vodacomTZN/getSession/`. */
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly parameters?: Readonly<Record<string, ParameterValue>>;
  /** How long to wait for a response, in milliseconds; default 90,000. */
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

/** Everything that a call needs. */
export class APIContext {
  // A private field, so that printing a context does not show the secret.
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
    // If a misspelt option were ignored, the request would go to the real M-Pesa.
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

  /** Sets a header. It replaces a header of the same name in any case. */
  addHeader(name: string, value: string): void {
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name) || typeof value !== "string" || /[^\t\x20-\x7e]/.test(value))
      throw new InvalidArgumentError(
        name,
        `${name} is not a valid header name, or its value is not a valid header value.`,
      );
    for (const headerName of Object.keys(this.headers)) {
      if (headerName.toLowerCase() === name.toLowerCase()) delete this.headers[headerName];
    }
    this.headers[name] = value;
  }

  getHeaders(): Readonly<Record<string, string>> {
    return this.headers;
  }

  /** Sets a parameter. It replaces a parameter of the same name. */
  addParameter(name: string, value: ParameterValue): void {
    // Without this check, undefined would be sent as the string "undefined".
    if (!["string", "number", "bigint", "boolean"].includes(typeof value))
      throw new InvalidArgumentError(name, `${name} has no value.`);
    // 0.1 + 0.2 is not 0.3.
    if (typeof value === "number" && !Number.isSafeInteger(value))
      throw new InvalidArgumentError(
        name,
        `${name} is a number that may not be exact. Pass its digits as a string.`,
      );
    this.parameters[name] = String(value);
  }

  getParameters(): Readonly<Record<string, string>> {
    return this.parameters;
  }

  /** The URL of the call, without parameters. */
  getUrl(): string {
    const { ssl, address, port, path } = this;
    // Otherwise part of the address could become the path, or a user name and a password.
    if (typeof address !== "string" || !/^(?:[\w.-]+|\[[\da-f:.]+\])$/i.test(address))
      throw new InvalidArgumentError(
        "address",
        "address must be only a host name. Set ssl, port and path separately.",
      );
    if (!/^\d{1,5}$/.test(String(port)) || Number(port) > 65_535)
      throw new InvalidArgumentError("port", "port must be a number up to 65535.");
    if (typeof path !== "string" || !path.startsWith("/"))
      throw new InvalidArgumentError("path", "path must begin with a slash.");
    return `${ssl ? "https" : "http"}://${address}:${port}${path}`;
  }

  /** Encrypts the key with the public key: the value after `Bearer ` in the Authorization header. */
  createBearerToken(): string {
    return encryptBearer(parsePublicKey(this.publicKey), parseApiKey(this.apiKey));
  }
}
