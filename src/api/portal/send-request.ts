/**
 * *Send Request*: the calls of the protocols, and requests that a developer sends by hand.
 *
 * A request goes through the gateway as any other. Instead of the application's secret, which only its owner knows, it
 * proves a session of a few minutes that is issued for the developer's own application.
 */
import { Type } from "typebox";
import { msPerMinute } from "../../core/clock.ts";
import { marketNames, type Market } from "../../core/markets.ts";
import { railFor } from "../../core/rails.ts";
import { nullable, object, record, stringEnum } from "../../core/schema.ts";
import { maxTimeErrorMs } from "../../core/shared-time.ts";
import type { RequestConsole } from "../../protocols/request-console.ts";
import { protocols } from "../../protocols/registry.ts";
import { handsetCustomers } from "../../sandbox/seed-data.ts";
import { readCredentials } from "../../store/main/credentials.ts";
import { readPayments } from "../../store/rail/payments.ts";
import { ApiError } from "../api-error.ts";
import { findNamedPaymentId } from "../control/find-named-id.ts";
import { getOwnApplication, noSuchApplication } from "./own-objects.ts";
import { defineRoute, type DeveloperContext, type PortalDeps } from "./route.ts";

/** Long enough for a customer who is asked for a PIN, and for nothing else. */
const sessionMs = 5 * msPerMinute;

const market = stringEnum(marketNames);
const fields = record(Type.Unknown(), { description: "The fields of the request, as JSON values." });
const callName = Type.String({ minLength: 1, maxLength: 60, examples: ["c2bSingle"] });
const protocolName = Type.String({ minLength: 1, maxLength: 20, examples: ["openapi-v2"] });

const consoleResponse = object({
  protocols: Type.Array(
    object({
      name: Type.String(),
      title: Type.String(),
      calls: Type.Array(
        object({
          name: Type.String(),
          title: Type.String(),
          description: Type.String(),
          method: Type.String(),
          markets: Type.Array(market),
          fields: Type.Array(
            object({
              name: Type.String(),
              isMandatory: Type.Boolean(),
              description: Type.String(),
              format: Type.String(),
            }),
          ),
        }),
      ),
    }),
  ),
  handsets: Type.Array(object({ market, msisdn: Type.String(), name: Type.String(), pin: Type.String() }), {
    description: "The customers of the sandbox who have a handset.",
  }),
});

const fieldErrors = Type.Array(object({ field: Type.String(), code: Type.String(), reason: Type.String() }), {
  description: "What the gateway would refuse, in the order of its checks.",
});

const headers = record(Type.String());

const sentResponse = object({
  request: object({ method: Type.String(), url: Type.String(), headers, body: Type.String() }),
  response: object({
    status: Type.Integer(),
    headers,
    body: Type.String(),
    tookMs: Type.Number(),
  }),
  payment: nullable(Type.String({ description: "The ConversationID of the payment that it made." })),
});

export const sendRequestRoutes = [
  defineRoute({
    method: "GET",
    path: "/console",
    summary: "Lists the calls that can be sent by hand, with their fields, and the customers with a handset.",
    status: 200,
    response: consoleResponse,
    async handle() {
      const offered = await Promise.all(protocols.map(describeProtocol));
      return {
        protocols: offered.filter((protocol) => protocol !== null),
        handsets: marketNames.flatMap((name) =>
          handsetCustomers(name).map(({ msisdn, firstName, lastName, pin }) => ({
            market: name,
            msisdn,
            name: `${firstName} ${lastName}`,
            pin,
          })),
        ),
      };
    },
  }),

  defineRoute({
    method: "GET",
    path: "/console/example",
    summary: "Returns the fields of a request that succeeds, with a new reference.",
    query: object({
      protocol: protocolName,
      call: callName,
      market,
      customer: Type.String({ pattern: "^[0-9]{9,15}$", description: "The customer's MSISDN." }),
    }),
    status: 200,
    response: object({ fields }),
    async handle({ query }, { deps }) {
      const requestConsole = await getConsole(query.protocol, query.call, query.market);
      const info = getSandboxInfo(deps, query.protocol);
      const { call, ...options } = query;
      return { fields: requestConsole.createExample(call, { ...options, info }) };
    },
  }),

  defineRoute({
    method: "POST",
    path: "/console/check",
    summary: "Checks the fields of a request as the gateway would, without sending it.",
    body: object({ protocol: protocolName, call: callName, market, fields }),
    status: 200,
    response: object({ errors: fieldErrors }),
    async handle({ body }) {
      const requestConsole = await getConsole(body.protocol, body.call, body.market);
      return { errors: [...requestConsole.findFieldErrors(body.call, body.market, body.fields)] };
    },
  }),

  defineRoute({
    method: "POST",
    path: "/console/requests",
    waits: true,
    summary: "Sends a request to the gateway of the sandbox, in a short session of your application.",
    body: object({
      application: Type.String({ pattern: "^[0-9]{1,18}$" }),
      protocol: protocolName,
      call: callName,
      market,
      fields,
    }),
    status: 201,
    response: sentResponse,
    errors: { 404: noSuchApplication, 409: "The application has no credential of this protocol." },
    async handle({ body }, context) {
      const requestConsole = await getConsole(body.protocol, body.call, body.market);
      const token = await createSession(context, body.application, requestConsole);
      const { publicKey } = context.deps;
      const call = requestConsole.calls.find(({ name }) => name === body.call);
      const method = call?.method ?? "POST";
      const path = requestConsole.buildPath(body.call, body.market);
      const request = buildRequest(
        method,
        path,
        body.fields,
        requestConsole.createHeaders(token, { publicKey }),
      );
      const response = await context.deps.sendToGateway(request);
      const payment = await findPayment(context, body.market, response.body);
      return { request, response, payment };
    },
  }),
] as const;

async function describeProtocol({ name, title, loadRequestConsole }: (typeof protocols)[number]) {
  if (loadRequestConsole === undefined) return null;
  const { calls } = await loadRequestConsole();
  return {
    name,
    title,
    calls: calls.map((call) => ({ ...call, markets: [...call.markets], fields: [...call.fields] })),
  };
}

/** Throws 400 for a call that the protocol does not have in the market. */
async function getConsole(protocol: string, call: string, calledMarket: Market): Promise<RequestConsole> {
  const load = protocols.find(({ name }) => name === protocol)?.loadRequestConsole;
  if (load === undefined) throw new ApiError(400, "Requests of this protocol cannot be sent from here.");
  const requestConsole = await load();
  const offered = requestConsole.calls.find(({ name }) => name === call);
  if (offered === undefined) throw new ApiError(400, "The protocol has no such call.");
  if (!offered.markets.includes(calledMarket)) throw new ApiError(400, "This market does not have the call.");
  return requestConsole;
}

/** The section of a protocol in `sandbox.json`. */
const getSandboxInfo = ({ sandbox }: PortalDeps, protocol: string): object =>
  (sandbox.sandboxInfo as Readonly<Record<string, object>>)[protocol] ?? sandbox.sandboxInfo;

/** Issues a token for the application's current credential. Throws 404 and 409. */
async function createSession(
  context: DeveloperContext,
  applicationId: string,
  { credential, tokenLength }: RequestConsole,
): Promise<string> {
  const { deps } = context;
  const application = await getOwnApplication(context, applicationId);
  const credentials = await readCredentials(deps.main, { applicationId: application.id });
  const current = credentials.find(
    ({ protocol, kind, state }) =>
      protocol === credential.protocol && kind === credential.kind && state === "active",
  );
  if (current === undefined) throw new ApiError(409, "The application has no active key of this protocol.");
  const now = deps.sandbox.clock.now();
  return deps.issueAccessToken({
    environment: "sandbox",
    protocol: credential.protocol,
    applicationId: application.id,
    credentialId: current.id,
    activeFrom: now - maxTimeErrorMs,
    expiresAt: now + sessionMs,
    ...(tokenLength === undefined ? {} : { length: tokenLength }),
  });
}

function buildRequest(
  method: string,
  path: string,
  values: Readonly<Record<string, unknown>>,
  sessionHeaders: Readonly<Record<string, string>>,
) {
  if (method !== "GET") {
    const body = JSON.stringify(values, null, 2);
    return { method, url: path, headers: { ...sessionHeaders, "content-type": "application/json" }, body };
  }
  const query = new URLSearchParams(
    Object.entries(values).map(([name, value]): [string, string] => [
      name,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );
  return { method, url: `${path}?${query.toString()}`, headers: sessionHeaders, body: "" };
}

/** The fields of responses that name a payment. */
const idFields = [
  "output_ConversationID",
  "CheckoutRequestID",
  "OriginatorConversationID",
  "OriginatorCoversationID",
] as const;

/** Null if the response names no payment. */
async function findPayment(
  { deps }: DeveloperContext,
  calledMarket: Market,
  body: string,
): Promise<string | null> {
  const answer = parseObject(body);
  const name = idFields.map((field) => answer[field]).find((value) => typeof value === "string");
  if (typeof name !== "string") return null;
  const id = await findNamedPaymentId(deps.sandbox, calledMarket, name);
  // A refused request has an id, too.
  const [payment] = id === null ? [] : await readPayments(deps.rail(railFor("sandbox", calledMarket)), [id]);
  return payment === undefined ? null : deps.sandbox.publicIds.requestId(payment.id);
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    return (JSON.parse(text) ?? {}) as Readonly<Record<string, unknown>>;
  } catch {
    return {};
  }
}
