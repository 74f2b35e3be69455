/** A client's settings: its validated options with defaults. */
import type { KeyObject } from "node:crypto";
import { checkUnknownFields } from "../check-unknown-fields.ts";
import { InvalidArgumentError } from "../errors.ts";
import { invalidBaseUrl, parseBaseOptions, type BaseSettings } from "../http/base-options.ts";
import { parseApiKey, parsePublicKey } from "../http/bearer.ts";
import { encodeShortcode } from "./field-encoders.ts";
import type { IpgV1Initiator, IpgV1Options, IpgV1Ports } from "./options.ts";
import type { Environment } from "./requests.ts";

export type PortName = keyof IpgV1Ports;

export interface IpgV1Settings extends BaseSettings {
  readonly environment: Environment;
  readonly apiKey: string;
  readonly publicKey: KeyObject;
  readonly ports: Readonly<Partial<Record<PortName, number>>>;
  readonly serviceProviderCode: string | undefined;
  readonly initiator: IpgV1Initiator | undefined;
  readonly origin: string;
}

const baseUrls: Readonly<Record<Environment, string>> = {
  sandbox: "https://api.sandbox.vm.co.mz",
  live: "https://api.vm.co.mz",
};

/** The ports that M-Pesa documents. */
export const documentedPorts: Readonly<Record<PortName, number>> = {
  c2b: 18352,
  b2c: 18345,
  b2b: 18349,
  reversal: 18354,
  queryTransactionStatus: 18353,
  queryCustomerName: 19323,
};

/** M-Pesa answers after 90 s if the customer is slow. */
const defaultTimeoutMs = 120_000;

const knownOptions: Readonly<Record<keyof IpgV1Options, true>> = {
  environment: true,
  apiKey: true,
  publicKey: true,
  baseUrl: true,
  ports: true,
  serviceProviderCode: true,
  initiator: true,
  origin: true,
  timeoutMs: true,
  fetch: true,
};

/** Throws `InvalidArgumentError`. */
export function parseOptions(options: IpgV1Options): IpgV1Settings {
  checkUnknownFields("options", options, knownOptions);
  const { environment, serviceProviderCode, initiator, origin = "developer.mpesa.vm.co.mz" } = options;
  if (environment !== "sandbox" && environment !== "live")
    throw new InvalidArgumentError("environment", 'environment must be "sandbox" or "live".');
  if (serviceProviderCode !== undefined) encodeShortcode(serviceProviderCode, "serviceProviderCode");
  const { timeoutMs = defaultTimeoutMs } = options;
  const base = parseBaseOptions(
    { ...options, timeoutMs },
    { baseUrl: baseUrls[environment], live: environment === "live" },
  );
  if (/\/ipg\//.test(`${new URL(base.baseUrl).pathname}/`))
    throw invalidBaseUrl("must end before /ipg: the client adds the path of each call");
  return {
    ...base,
    environment,
    apiKey: parseApiKey(options.apiKey),
    publicKey: parsePublicKey(options.publicKey),
    ports: parsePorts(options.ports ?? (options.baseUrl === undefined ? documentedPorts : {})),
    serviceProviderCode,
    initiator: initiator === undefined ? undefined : parseInitiator(initiator),
    origin: validateOrigin(origin),
  };
}

function parsePorts(ports: IpgV1Ports): IpgV1Settings["ports"] {
  checkUnknownFields("ports", ports, documentedPorts);
  const entries = Object.entries(ports).filter(([, port]) => port !== undefined && port !== null);
  for (const [name, port] of entries)
    if (!Number.isInteger(port) || Number(port) < 1 || Number(port) > 65_535)
      throw new InvalidArgumentError("ports", `ports.${name} must be a port, from 1 to 65535.`);
  return Object.fromEntries(entries);
}

const initiatorFields: Readonly<Record<keyof IpgV1Initiator, true>> = {
  identifier: true,
  securityCredential: true,
};

function parseInitiator(initiator: IpgV1Initiator): IpgV1Initiator {
  checkUnknownFields("initiator", initiator, initiatorFields);
  for (const field of ["identifier", "securityCredential"] as const)
    if (typeof initiator[field] !== "string" || !/^[\x20-\x7e]{1,100}$/.test(initiator[field]))
      throw new InvalidArgumentError(
        "initiator",
        `initiator.${field} must have 1 to 100 printable characters. Copy it from the portal.`,
      );
  return { identifier: initiator.identifier, securityCredential: initiator.securityCredential };
}

function validateOrigin(origin: unknown): string {
  if (typeof origin === "string" && /^[\x21-\x7e]+$/.test(origin)) return origin;
  throw new InvalidArgumentError("origin", "origin must be the value of an Origin header, without spaces.");
}

/** The address of a call: `baseUrl`, with the call's own port if it has one. */
export function buildUrl(
  { baseUrl, ports }: Pick<IpgV1Settings, "baseUrl" | "ports">,
  portName: PortName,
  path: string,
): string {
  const url = new URL(`${baseUrl}/ipg/v1x/${path}/`);
  const port = ports[portName];
  if (port !== undefined) url.port = String(port);
  return url.href;
}
