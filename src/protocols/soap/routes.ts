/** The HTTP routes of the Broker: matches paths to services, reads bodies, sends XML, and writes the request log. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Environment } from "../../core/markets.ts";
import { handleChangePassword } from "./change-password.ts";
import {
  findService,
  normalisePath,
  pathPrefixes,
  renderUnmatchedRequest,
  type SoapService,
} from "./find-route.ts";
import { handleSoapRequest, type SoapRequest } from "./handle-request.ts";
import { toLogEntry } from "./log-request.ts";
import { handleQueryTransaction } from "./query-transaction.ts";
import type { ServedSoapCall } from "./served-call.ts";
import type { SoapDeps } from "./soap-deps.ts";
import { findDescription } from "./wsdl/wsdl-routes.ts";
import { readBodyText, type BodyText } from "./xml/read-body.ts";
import { readEnvelope, toRequestVersion } from "./xml/soap-envelope.ts";
import { xmlBounds } from "./xml/xml-bounds.ts";

/** A character has four bytes at most. */
const maxBodyBytes = 4 * xmlBounds.length;

/** What callers encrypt the passwords of initiators with. */
const certificatePath = "/mminterface/certificate.cer";

const contentType = "text/xml;charset=UTF-8";

const unread: BodyText = { problem: `The body is longer than ${maxBodyBytes} bytes, or it ended early.` };

/** The Content-Type as it was sent: Fastify refuses those that it cannot parse. */
const sentContentTypes = new WeakMap<object, string>();

const handlers: Readonly<
  Record<SoapService, (deps: SoapDeps, request: SoapRequest) => Promise<ServedSoapCall>>
> = {
  command: handleSoapRequest,
  queryTransaction: handleQueryTransaction,
  changePassword: handleChangePassword,
};

/** Serves the Broker's paths at the root of a listener, in the environment of that listener. */
export function registerSoapRoutes(app: FastifyInstance, deps: SoapDeps, environment: Environment): void {
  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
    scope.addHook("onRequest", (request, _reply, done) => {
      const { headers } = request.raw;
      if (headers["content-type"] !== undefined) {
        sentContentTypes.set(request.raw, headers["content-type"]);
        delete headers["content-type"];
      }
      done();
    });
    scope.setErrorHandler(async (error: Error & { readonly statusCode?: number }, request, reply) => {
      // The body was not read to its end. Anything else is a bug.
      if ((error.statusCode ?? 500) >= 500) throw error;
      await serve(deps, environment, request, reply, unread);
    });
    for (const prefix of pathPrefixes) {
      scope.route({
        method: scope.supportedMethods,
        url: `${prefix}/*`,
        bodyLimit: maxBodyBytes,
        handler: (request, reply) => serve(deps, environment, request, reply),
      });
    }
  });
}

async function serve(
  deps: SoapDeps,
  environment: Environment,
  request: FastifyRequest,
  reply: FastifyReply,
  unreadBody?: BodyText,
): Promise<FastifyReply> {
  const startedAt = performance.now();
  const path = normalisePath(request.url);
  const isRead = request.method === "GET" || request.method === "HEAD";
  const description = isRead ? findDescription(path, request) : null;
  if (description !== null) return reply.header("content-type", contentType).send(description);
  if (isRead && path === certificatePath)
    return reply.header("content-type", "application/x-x509-ca-cert").send(deps.certificates[environment]);
  const service = findService(path);
  if (service === undefined || request.method !== "POST") {
    const { status, headers, body } = renderUnmatchedRequest({ method: request.method, url: request.url });
    return reply.code(status).headers(headers).send(body);
  }
  const body =
    unreadBody ?? readBodyText(request.body as Buffer | undefined, sentContentTypes.get(request.raw));
  const envelope = "problem" in body ? body : readEnvelope(body.text);
  const served = await handlers[service](deps, { environment, source: request.ip, envelope });
  const response = toRequestVersion(envelope, served.responseText);
  void reply.code(200).header("content-type", response.contentType).send(response.text);
  deps.recordRequest(
    toLogEntry({ ...served, environment, request, latencyMs: performance.now() - startedAt }),
  );
  return reply;
}
