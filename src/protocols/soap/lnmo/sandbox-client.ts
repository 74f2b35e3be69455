/** A client of the LNMO checkout for tools: it announces a payment, and confirms it at once. */
import { SandboxClientError, type CallResponse } from "../../sandbox-client.ts";
import { formatTimeStamp } from "../build-request.ts";
import { postMessage } from "../post-message.ts";
import { readEnvelope } from "../xml/soap-envelope.ts";
import { buildLnmoRequest, type LnmoClientKeys } from "./build-request.ts";
import { confirmTransaction } from "./confirm-transaction.ts";
import type { LnmoFields } from "./messages.ts";
import type { LnmoOperation } from "./operation.ts";
import { processCheckOut } from "./process-check-out.ts";
import { returnCodes, type ReturnCode } from "./return-codes.ts";

/** The checkout's part of `sandbox.json`. */
export interface LnmoSandboxKeys extends LnmoClientKeys {
  readonly path: string;
}

export interface LnmoConnection {
  readonly gateway: string;
  readonly signal: AbortSignal;
  readonly keys: LnmoSandboxKeys;
}

/** The response to the confirmation, or to the checkout if it is not accepted. */
export async function payCheckout(connection: LnmoConnection, fields: LnmoFields): Promise<CallResponse> {
  const announced = await send(connection, processCheckOut, fields);
  const { conversationId: trxId } = announced;
  if (announced.verdict !== "succeeded" || trxId === null) return announced;
  const { MERCHANT_TRANSACTION_ID = "" } = fields;
  const confirmed = await send(connection, confirmTransaction, { TRX_ID: trxId, MERCHANT_TRANSACTION_ID });
  return { ...confirmed, tookMs: announced.tookMs + confirmed.tookMs };
}

async function send(
  { gateway, signal, keys }: LnmoConnection,
  operation: LnmoOperation,
  fields: LnmoFields,
): Promise<CallResponse> {
  const startedAt = performance.now();
  const body = buildLnmoRequest(keys, operation, fields, formatTimeStamp(new Date()));
  const { status, text } = await postMessage(gateway + keys.path, body, signal);
  const envelope = readEnvelope(text);
  if ("problem" in envelope)
    throw new SandboxClientError(`The response is not readable: ${envelope.problem}`);
  const answered = Object.fromEntries(
    envelope.message.children.map(({ name, text: value }) => [name, value]),
  );
  const { RETURN_CODE: code = "", DESCRIPTION: description = "", TRX_ID: trxId = "" } = answered;
  return {
    status,
    code,
    codeText: Object.hasOwn(returnCodes, code) ? returnCodes[code as ReturnCode] : "",
    description,
    verdict: code === "00" ? "succeeded" : "refused",
    transactionId: null,
    conversationId: trxId === "" ? null : trxId,
    voucherCode: null,
    reference: fields["MERCHANT_TRANSACTION_ID"] ?? null,
    fields: answered,
    tookMs: Math.round(performance.now() - startedAt),
  };
}
