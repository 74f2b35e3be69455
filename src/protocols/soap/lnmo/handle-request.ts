/**
 * Turns a request into its response, in the order of the checks: envelope; call; merchant and password; product; usage
 * hours; then what the call itself checks.
 */
import { localTime } from "../../../core/clock.ts";
import type { Id } from "../../../core/ids.ts";
import { markets, type Environment } from "../../../core/markets.ts";
import { railFor } from "../../../core/rails.ts";
import type { Application } from "../../../developers/applications.ts";
import { isWithinUsageHours, type PaymentLimits } from "../../../payments/limits.ts";
import { soapMarket } from "../names.ts";
import type { XmlElement } from "../xml/read-xml.ts";
import type { ReadEnvelope } from "../xml/soap-envelope.ts";
import { authenticateMerchant, type Merchant } from "./authentication.ts";
import type { LnmoDeps } from "./lnmo-deps.ts";
import { renderFault, renderMessage } from "./messages.ts";
import { lnmoProduct } from "./names.ts";
import { findLnmoOperation } from "./operations.ts";
import type { LnmoOperation, LnmoReply } from "./operation.ts";
import { returnCodes } from "./return-codes.ts";

export interface LnmoRequest {
  readonly environment: Environment;
  readonly source: string;
  readonly envelope: ReadEnvelope;
}

/** A response, with what the request log records about it. */
export interface LnmoResponse {
  readonly id: Id;
  /** Null if the request names none. */
  readonly operation: LnmoOperation | null;
  readonly status: number;
  readonly body: string;
  readonly code: string;
  readonly reason: string;
  readonly application: Application | null;
  readonly credential: { readonly id: bigint; readonly hint: string } | null;
  readonly amountMinor: bigint | null;
  /** The payment that the request made. */
  readonly paymentId: Id | null;
  /** The message of the request, if it has one. */
  readonly message: XmlElement | null;
  /** The internal error, for the server's own log; never sent to the caller. */
  readonly fault?: unknown;
}

/** Handles one call. Never rejects: an internal error becomes a response, and is returned as `fault` for the log. */
export async function handleLnmoRequest(deps: LnmoDeps, request: LnmoRequest): Promise<LnmoResponse> {
  const id = deps.newId();
  const { envelope } = request;
  if ("problem" in envelope) return refuseMessage(id, envelope.problem);
  const { header, message } = envelope;
  const operation = findLnmoOperation(message.name);
  if (operation === undefined)
    return refuseMessage(id, "The body has no message of this service: see its WSDL.");
  const known = { id, operation, message };
  let caller: Pick<LnmoResponse, "application" | "credential"> = { application: null, credential: null };
  try {
    const merchant = await authenticateMerchant(deps, { ...request, header });
    caller = { application: merchant.application, credential: merchant.credential };
    if ("code" in merchant) return respond({ ...known, ...caller }, merchant);
    const limits = findLimits(deps, request.environment, merchant);
    if ("code" in limits) return respond({ ...known, ...caller }, limits);
    const rail = railFor(request.environment, soapMarket);
    const reply = await operation.handle({
      ...merchant,
      id,
      rail,
      limits,
      payments: deps.payments(rail),
      organisations: deps.organisations(rail),
      publicIds: deps.keys[request.environment].publicIds,
      message,
      findUrlProblem: (url) => deps.validateCallbackUrl(request.environment, url),
    });
    return respond({ ...known, ...caller }, reply);
  } catch (fault) {
    const reason = "The platform failed to handle the request. See the server log.";
    return { ...respond({ ...known, ...caller }, { code: "29", reason }), fault };
  }
}

/** A body that is no request of the service. Nothing of it is kept: its fields may be passwords. */
const refuseMessage = (id: Id, problem: string): LnmoResponse => ({
  id,
  operation: null,
  status: 500,
  body: renderFault(problem),
  code: "fault",
  reason: problem,
  application: null,
  credential: null,
  amountMinor: null,
  paymentId: null,
  message: null,
});

type KnownRequest = Pick<LnmoResponse, "id" | "application" | "credential"> & {
  readonly operation: LnmoOperation;
  readonly message: XmlElement;
};

function respond(known: KnownRequest, reply: LnmoReply): LnmoResponse {
  const { operation } = known;
  const { code, reason, fields = {}, amountMinor = null, paymentId = null } = reply;
  const all = { ...operation.emptyFields, RETURN_CODE: code, DESCRIPTION: returnCodes[code], ...fields };
  const body = renderMessage(operation.response, all);
  return { ...known, status: 200, body, code, reason, amountMinor, paymentId };
}

/** The merchant's limits, or why it may not call now. */
function findLimits(
  { clocks }: LnmoDeps,
  environment: Environment,
  { application }: Merchant,
): PaymentLimits | LnmoReply {
  const limits = application.limitsFor(lnmoProduct, soapMarket);
  if (limits === null)
    return { code: "33", reason: `The application does not have the product ${lnmoProduct}.` };
  const { minute } = localTime(clocks[environment].now(), markets[soapMarket].timeZone);
  return isWithinUsageHours(limits, minute)
    ? limits
    : { code: "33", reason: "The application may not use this call at this time of day." };
}
