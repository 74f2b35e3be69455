/** The HTTP routes of the LNMO checkout: its WSDL, and the service. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Environment } from "../../../core/markets.ts";
import { renderWsdl } from "../wsdl/render-wsdl.ts";
import { readBodyText, type BodyText } from "../xml/read-body.ts";
import { readEnvelope, toRequestVersion } from "../xml/soap-envelope.ts";
import { handleLnmoRequest } from "./handle-request.ts";
import type { LnmoDeps } from "./lnmo-deps.ts";
import { toLogEntry } from "./log-request.ts";
import { renderFault } from "./messages.ts";
import { lnmoPath } from "./names.ts";
import { lnmoService } from "./wsdl.ts";

/** A checkout has about one kilobyte. */
const maxBodyBytes = 64 * 1024;

const xmlType = "text/xml; charset=utf-8";

const noEnvelope = { problem: "The response is a fault." };

/** The Content-Type as it was sent: Fastify refuses those that it cannot parse. */
const sentContentTypes = new WeakMap<object, string>();

/** Serves the checkout at the root of a listener, in the environment of that listener. */
export function registerLnmoRoutes(app: FastifyInstance, deps: LnmoDeps, environment: Environment): void {
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
      await serve(deps, environment, request, reply, {
        problem: "The body is too long, or it ended early.",
      });
    });
    scope.route({ method: "GET", url: lnmoPath, handler: sendWsdl });
    scope.route({
      method: "POST",
      url: lnmoPath,
      bodyLimit: maxBodyBytes,
      handler: (request, reply) => serve(deps, environment, request, reply),
    });
  });
}

/** With the address that the client used. */
async function sendWsdl(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  void reply.header("content-type", xmlType);
  const isWsdl = Object.keys(request.query as object).some((name) => name.toLowerCase() === "wsdl");
  if (!isWsdl) return reply.code(405).header("allow", "POST").send(renderFault("Send a POST, or add ?wsdl."));
  const address = `${request.protocol}://${request.host}${lnmoPath}`;
  return reply.send(renderWsdl(lnmoService, address));
}

async function serve(
  deps: LnmoDeps,
  environment: Environment,
  request: FastifyRequest,
  reply: FastifyReply,
  unreadBody?: BodyText,
): Promise<FastifyReply> {
  const startedAt = performance.now();
  const body =
    unreadBody ?? readBodyText(request.body as Buffer | undefined, sentContentTypes.get(request.raw));
  const envelope = "problem" in body ? body : readEnvelope(body.text);
  const response = await handleLnmoRequest(deps, { environment, source: request.ip, envelope });
  // A fault has another form in SOAP 1.2, so it stays one of SOAP 1.1.
  const isFault = response.operation === null;
  const answer = toRequestVersion(isFault ? noEnvelope : envelope, response.body);
  void reply.code(response.status).header("content-type", answer.contentType).send(answer.text);
  const latencyMs = performance.now() - startedAt;
  deps.recordRequest(toLogEntry({ environment, request, response, latencyMs }));
  return reply;
}
