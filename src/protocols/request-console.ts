/**
 * What a person needs to send a request of a protocol by hand: its calls with their fields, an example that works, and
 * the headers of a session, so that the application's secret is not needed.
 */
import type { Market } from "../core/markets.ts";
import type { CredentialType } from "../developers/credentials.ts";

export interface ConsoleField {
  readonly name: string;
  readonly isMandatory: boolean;
  readonly description: string;
  /** The documented format: an expression, or words. */
  readonly format: string;
}

export interface ConsoleCall {
  /** The product: what an application must have enabled. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly method: "GET" | "POST" | "PUT";
  readonly markets: readonly Market[];
  readonly fields: readonly ConsoleField[];
}

/** Whose values an example has. */
export interface ExampleOptions {
  readonly market: Market;
  /** The customer's MSISDN. */
  readonly customer: string;
  /** The protocol's section of `sandbox.json`. */
  readonly info: object;
}

export interface RequestConsole {
  readonly calls: readonly ConsoleCall[];
  /** The credential that a session is opened for. */
  readonly credential: CredentialType;
  /** The length of a session's token, if it differs from the default. */
  readonly tokenLength?: number;
  /** The path of a call in the sandbox. */
  buildPath(call: string, market: Market): string;
  /** The headers that prove the session. `publicKey` is that of the environment: DER in base64. */
  createHeaders(token: string, keys: { readonly publicKey: string }): Readonly<Record<string, string>>;
  /** The fields of a request that succeeds, with a new reference. Values are JSON. */
  createExample(call: string, options: ExampleOptions): Readonly<Record<string, unknown>>;
  /** Why the gateway would refuse a field by itself, by the name of the field: in the order of the checks. */
  findFieldErrors(
    call: string,
    market: Market,
    fields: Readonly<Record<string, unknown>>,
  ): readonly FieldError[];
}

export interface FieldError {
  readonly field: string;
  readonly code: string;
  readonly reason: string;
}
