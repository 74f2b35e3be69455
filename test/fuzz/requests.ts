/** Requests of the fuzzer: raw bytes, changed HTTP, changed JSON, and the changed fields of every operation. */
import { markets } from "../../src/core/markets.ts";
import { controlPrefix, type Route } from "../../src/api/control/route.ts";
import { routes as allControlRoutes } from "../../src/api/control/routes.ts";
import { openapiV2Markets, type OpenapiV2Market } from "../../src/protocols/openapi-v2/markets.ts";
import { examplePayload } from "../../src/protocols/openapi-v2/example-payloads.ts";
import { operations } from "../../src/protocols/openapi-v2/operations.ts";
import type { Operation } from "../../src/protocols/openapi-v2/operation.ts";
import type { Random } from "../simulation/random.ts";
import { buildDarajaCall, type DarajaTarget } from "./daraja-requests.ts";
import { buildIpgV1Call, type IpgV1Target } from "./ipg-v1-requests.ts";
import { buildSoapCall, type SoapTarget } from "./soap-requests.ts";
import { mutateText, pickJson, pickText } from "./values.ts";

export interface FuzzRequest {
  /** The exact bytes, as text of one byte a character. */
  readonly bytes: string;
  /** Whether the value of a scenario may have asked for an internal error. */
  readonly hasScenario: boolean;
  /** Whether it may end early: the sender then ends its side, because the server would wait for the rest. */
  readonly mayBeIncomplete: boolean;
}

export interface FuzzTarget {
  readonly host: string;
  /** The Authorization header of a session. */
  readonly bearer: string;
  readonly controlToken: string;
  /** Customers who pay at once. */
  readonly customers: Readonly<Record<OpenapiV2Market, readonly string[]>>;
  readonly shortcode: string;
  readonly daraja: DarajaTarget;
  readonly ipgV1: IpgV1Target;
  readonly soap: SoapTarget;
}

/** These take long by design, or take the sandbox away from the other requests. */
const leftOut = [/^\/clock/, /^\/snapshots/, /^\/applications\/\{id\}\/pull/, /^\/network/];
const controlRoutes = allControlRoutes.filter(({ path }) => !leftOut.some((pattern) => pattern.test(path)));

export function buildFuzzRequest(random: Random, target: FuzzTarget): FuzzRequest {
  const kind = random.weighted({
    fields: 6,
    json: 2,
    daraja: 4,
    ipgV1: 3,
    soap: 3,
    control: 3,
    pages: 1,
    http: 3,
    bytes: 1,
  });
  if (kind === "bytes") return { bytes: pickBytes(random), hasScenario: false, mayBeIncomplete: true };
  if (kind === "control") return buildControlRequest(random, target);
  if (kind === "pages") return buildPageRequest(random, target);
  if (kind === "daraja") return buildDarajaRequest(random, target);
  if (kind === "ipgV1") return buildIpgV1Request(random, target);
  if (kind === "soap") return buildSoapRequest(random, target);
  const { request, hasScenario } = buildCall(random, target, kind === "json");
  return kind === "http"
    ? { bytes: mutateHttp(random, request), hasScenario, mayBeIncomplete: true }
    : { bytes: request, hasScenario, mayBeIncomplete: false };
}

function buildDarajaRequest(random: Random, target: FuzzTarget): FuzzRequest {
  const call = buildDarajaCall(random, target.daraja);
  const changesJson = random.next() < 0.2;
  const body = changesJson ? mutateJson(random, call.body) : call.body;
  const headers = { authorization: target.daraja.bearer, "content-type": "application/json" };
  return {
    bytes: formatRequest(target, "POST", call.path, headers, body),
    hasScenario: call.hasScenario || changesJson,
    mayBeIncomplete: false,
  };
}

function buildIpgV1Request(random: Random, target: FuzzTarget): FuzzRequest {
  const { method, path, body, hasScenario } = buildIpgV1Call(random, target.ipgV1);
  const changesJson = body !== "" && random.next() < 0.2;
  const headers = { authorization: target.ipgV1.bearer, "content-type": "application/json" };
  return {
    bytes: formatRequest(target, method, path, headers, changesJson ? mutateJson(random, body) : body),
    hasScenario: hasScenario || changesJson,
    mayBeIncomplete: false,
  };
}

function buildSoapRequest(random: Random, target: FuzzTarget): FuzzRequest {
  const { path, body, hasScenario } = buildSoapCall(random, target.soap);
  const headers = { "content-type": "text/xml;charset=UTF-8", soapaction: '""' };
  return {
    bytes: formatRequest(target, "POST", path, headers, body),
    hasScenario,
    mayBeIncomplete: false,
  };
}

/** One operation with some of its fields changed. */
function buildCall(
  random: Random,
  target: FuzzTarget,
  changesJson: boolean,
): { request: string; hasScenario: boolean } {
  const operation = random.pick(operations);
  const market = random.pick(operation.markets ?? openapiV2Markets);
  const fields = buildFields(random, target, operation, market);
  const hasScenario = Object.values(fields).some((value) => /^(0+\d|9+)$/.test(String(value)));
  const path = `/sandbox/ipg/v2/${market}/${operation.path}/`;
  const headers = { authorization: target.bearer, origin: "*" };
  if (operation.method === "GET") {
    const query = new URLSearchParams(fields as Record<string, string>).toString();
    return { request: formatRequest(target, "GET", `${path}?${query}`, headers, ""), hasScenario };
  }
  const json = JSON.stringify(fields);
  const body = changesJson ? mutateJson(random, json) : json;
  return {
    request: formatRequest(target, operation.method, path, headers, body),
    // A changed text may have become the value of a scenario.
    hasScenario: hasScenario || changesJson,
  };
}

function buildFields(
  random: Random,
  target: FuzzTarget,
  operation: Operation,
  market: OpenapiV2Market,
): Record<string, unknown> {
  const { country, currency } = markets[market];
  const fields: Record<string, unknown> = {
    ...examplePayload(operation, market),
    input_Country: country,
    input_Currency: currency,
    input_ServiceProviderCode: target.shortcode,
    input_ThirdPartyConversationID: `f${random.integer(0, 2 ** 31).toString(36)}`,
  };
  if ("input_CustomerMSISDN" in fields)
    fields["input_CustomerMSISDN"] = random.pick(target.customers[market]);
  const names = Object.keys(operation.parameters);
  for (const name of Object.keys(fields)) if (!names.includes(name)) delete fields[name];
  const changeable = [...names, "input_ResponseURL"];
  for (let changes = random.integer(0, 3); changes > 0; changes -= 1) {
    const name = random.pick(changeable);
    const kind = random.weighted({ text: 4, mutate: 4, remove: 1, rename: 1, json: 1 });
    if (kind === "text") fields[name] = pickText(random);
    else if (kind === "mutate")
      fields[name] = mutateText(random, JSON.stringify(fields[name] ?? "").slice(1, -1));
    else if (kind === "json") fields[name] = pickJson(random);
    else delete fields[name];
    if (kind === "rename") fields[mutateText(random, name)] = pickText(random);
  }
  return fields;
}

function mutateJson(random: Random, json: string): string {
  const kind = random.weighted({ cut: 1, twice: 1, change: 3, other: 2, large: 0.2 });
  if (kind === "cut") return json.slice(0, random.integer(0, json.length));
  if (kind === "twice") return json.replace("{", `${json.slice(0, -1)},`);
  if (kind === "change") return mutateText(random, json);
  if (kind === "large") return json.replace("{", `{"x":"${"x".repeat(random.pick([60_000, 70_000]))}",`);
  return JSON.stringify(pickJson(random));
}

function buildControlRequest(random: Random, target: FuzzTarget): FuzzRequest {
  const route: Route = random.pick(controlRoutes);
  const values: Readonly<Record<string, string>> = {
    market: "vodacomTZN",
    msisdn: target.customers.vodacomTZN[0] ?? "",
    shortcode: target.shortcode,
    // Not the application of this run: it must stay.
    id: String(random.integer(2, 40)),
  };
  const path = route.path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) =>
    encodeURIComponent(
      (random.next() < 0.2 ? pickText(random) : (values[name] ?? pickText(random)))
        .slice(0, 300)
        .toWellFormed(),
    ),
  );
  const query = route.query === undefined || random.next() < 0.5 ? "" : `?${pickQuery(random, route.query)}`;
  const body = route.body === undefined ? "" : JSON.stringify(pickFromSchema(random, route.body));
  const headers = { authorization: `Bearer ${target.controlToken}`, "content-type": "application/json" };
  const bytes = formatRequest(target, route.method, `${controlPrefix}${path}${query}`, headers, body);
  return { bytes, hasScenario: false, mayBeIncomplete: false };
}

interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly enum?: readonly unknown[];
  readonly examples?: readonly unknown[];
}

const pickQuery = (random: Random, schema: object): string =>
  new URLSearchParams(
    Object.keys((schema as JsonSchema).properties ?? {}).map((name) => [
      name,
      pickText(random).slice(0, 500),
    ]),
  ).toString();

/** A value of a schema, of which some parts are changed. */
function pickFromSchema(random: Random, schema: JsonSchema, depth = 0): unknown {
  if (depth > 4 || random.next() < 0.1) return pickJson(random);
  const [example] = schema.examples ?? [];
  if (schema.enum !== undefined) return random.pick(schema.enum);
  const types = [schema.type].flat();
  if (types.includes("array"))
    return Array.from({ length: random.integer(0, 3) }, () =>
      pickFromSchema(random, schema.items ?? {}, depth + 1),
    );
  if (types.includes("object")) {
    const entries = Object.entries(schema.properties ?? {}).filter(() => random.next() < 0.8);
    return Object.fromEntries(entries.map(([name, each]) => [name, pickFromSchema(random, each, depth + 1)]));
  }
  if (example !== undefined && random.next() < 0.7) return example;
  if (types.includes("integer")) return random.pick([0, 1, -1, 10, 2 ** 31, 2 ** 53, 1.5]);
  return types.includes("boolean") ? random.next() < 0.5 : pickText(random);
}

function buildPageRequest(random: Random, target: FuzzTarget): FuzzRequest {
  const handset = `/handset/${random.pick(["vodacomTZN", pickText(random)])}/${random.pick([target.customers.vodacomTZN[0] ?? "", pickText(random)])}`;
  const path = random.pick([
    "/",
    "/openapi.json",
    "/health/ready",
    "/handset",
    handset,
    `${handset}/answer`,
    `/${pickText(random)}`,
  ]);
  const headers = { "content-type": "application/json", "accept-language": pickText(random) };
  const method = random.pick(["GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD"]);
  const url = path
    .split("/")
    .map((part) => encodeURIComponent(part.slice(0, 300).toWellFormed()))
    .join("/");
  const body = method === "POST" ? JSON.stringify(pickJson(random)) : "";
  return {
    bytes: formatRequest(target, method, url, headers, body),
    hasScenario: false,
    mayBeIncomplete: false,
  };
}

/** An HTTP request as one byte a character. Characters that a header cannot have are left out. */
function formatRequest(
  { host }: FuzzTarget,
  method: string,
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
): string {
  const bytes = Buffer.from(body).toString("latin1");
  const lines = Object.entries({ host, ...headers, "content-length": `${bytes.length}`, connection: "close" })
    // oxlint-disable-next-line no-control-regex -- these are the characters that end a header
    .map(([name, value]) => `${name}: ${Buffer.from(value.replaceAll(/[\0\r\n]/g, "")).toString("latin1")}`);
  return `${method} ${url} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n${bytes}`;
}

/** Changes some bytes, or a line, of an HTTP request. */
function mutateHttp(random: Random, request: string): string {
  let changed = request;
  for (let changes = random.integer(1, 4); changes > 0; changes -= 1) {
    const kind = random.weighted({ byte: 3, line: 2, cut: 1, chunked: 1, length: 1, twice: 1 });
    const lines = changed.split("\r\n");
    const at = random.integer(0, Math.max(0, lines.length - 2));
    if (kind === "byte") changed = mutateByte(random, changed);
    else if (kind === "line") changed = [...lines.slice(0, at), lines[at], ...lines.slice(at)].join("\r\n");
    else if (kind === "cut") changed = changed.slice(0, random.integer(0, changed.length));
    else if (kind === "chunked")
      changed = changed.replace(/content-length: \d+/, "transfer-encoding: chunked");
    else if (kind === "length")
      changed = changed.replace(
        /content-length: \d+/,
        `content-length: ${random.pick(["-1", "0", "1e3", "99999999999"])}`,
      );
    else changed += changed;
  }
  return changed;
}

function mutateByte(random: Random, text: string): string {
  const at = random.integer(0, text.length);
  const byte = String.fromCharCode(random.integer(0, 255));
  return text.slice(0, at) + byte + text.slice(at + random.integer(0, 1));
}

const pickBytes = (random: Random): string =>
  random.next() < 0.5
    ? String.fromCharCode(...Array.from({ length: random.integer(1, 300) }, () => random.integer(0, 255)))
    : `${random.pick(["GET", "PRI", "CONNECT", "\x16\x03\x01"])} ${"/".repeat(random.integer(0, 9000))} HTTP/${random.pick(["1.1", "2.0", "0.9"])}\r\n\r\n`;
