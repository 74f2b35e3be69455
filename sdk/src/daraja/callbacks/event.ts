/** Parses a callback of any kind: validates its shape and gives its fields readable names. */
import { createHash } from "node:crypto";
import type { WebhookEvent } from "../../webhooks/listener.ts";
import { readPath } from "../wire-response.ts";
import { parseConfirmation, type ConfirmationDetails } from "./confirmation.ts";
import {
  parseFlat,
  type CheckoutDetails,
  type InvoicePaymentDetails,
  type RatibaOrderDetails,
} from "./flat.ts";
import { parseCollection, type CollectionDetails } from "./collection.ts";
import { parseResult, type ResultDetails, type TimeoutDetails } from "./result.ts";
import type { CallbackFields } from "./values.ts";

/** A callback. `kind` says what it is about; only `confirmation` and `invoice` are always payments. */
export type DarajaEvent = (
  | CollectionDetails
  | ConfirmationDetails
  | ResultDetails
  | TimeoutDetails
  | CheckoutDetails
  | RatibaOrderDetails
  | InvoicePaymentDetails
) &
  EventDetails;

/** What every event has. */
export interface EventDetails extends WebhookEvent {
  /** The body, by wire names. */
  readonly fields: CallbackFields;
}

/** Returns the event, or an error message. */
export function parseEvent(body: Uint8Array, delivery: WebhookEvent): DarajaEvent | string {
  const fields = parseBody(body);
  if (typeof fields === "string") return fields;
  const details = parseDetails(fields);
  return typeof details === "string" ? details : { ...details, ...delivery, fields };
}

/** Parses a body as a JSON object. */
export function parseBody(body: Uint8Array): CallbackFields | string {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(body);
    // Drop "__proto__", so that code which copies the fields cannot change a prototype.
    const parsed: unknown = JSON.parse(text, (name, value: unknown) =>
      name === "__proto__" ? undefined : value,
    );
    return typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)
      ? (parsed as CallbackFields)
      : "The body is not a JSON object.";
  } catch {
    return "The body is not JSON.";
  }
}

function parseDetails(fields: CallbackFields) {
  if (readPath(fields, "Body.stkCallback") !== undefined) return parseCollection(fields);
  if (readPath(fields, "Result") !== undefined) return parseResult(fields);
  if (readPath(fields, "TransID") !== undefined) return parseConfirmation(fields);
  return parseFlat(fields);
}

/**
 * The key that identifies a callback. A repeated delivery has the same key, signed or not.
 *
 * It contains everything that names the callback's payment, so that without a secret an attacker who does not know all
 * of it cannot block a genuine callback by sending a forged one first.
 */
export function dedupeKey(event: DarajaEvent): string {
  const { kind } = event;
  const parts = [kind, ...listIds(event)];
  const digest = createHash("sha256").update(JSON.stringify(parts));
  return `daraja/${kind}/${digest.digest("hex").slice(0, 32)}`;
}

function listIds(event: DarajaEvent): readonly (string | null)[] {
  const { code, receipt } = event;
  switch (event.kind) {
    case "collection":
      return [event.merchantRequestId, event.checkoutRequestId, code, receipt];
    case "confirmation":
    case "invoice":
      return [event.shortcode, receipt];
    case "checkout":
    case "ratiba-order":
      return [event.requestId, code, receipt];
    case "result":
    case "timeout":
    default:
      return [event.conversationId, event.originatorConversationId, code, receipt];
  }
}
