/** Example requests and responses, for the documentation, the samples and the tools. */
import { minIdAt } from "../../core/ids.ts";
import { railFor } from "../../core/rails.ts";
import type { PaymentRow } from "../../payments/payments.ts";
import type { RecordedRefusal } from "../../payments/refusals.ts";
import { toResultCode, toResultText } from "./call-results.ts";
import type { G2Identifiers } from "../g2/identifiers.ts";
import { darajaMarket } from "./names.ts";
import type { DarajaOperation, NotificationContext } from "./operation.ts";
import type { DarajaSettings } from "./settings.ts";

/** A request with the example of every field. */
export function buildExampleRequest({ fields }: Pick<DarajaOperation, "fields">): Record<string, unknown> {
  const request: Record<string, unknown> = {};
  for (const [name, { example }] of Object.entries(fields)) setNested(request, name.split("."), example);
  return request;
}

function setNested(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [name = "", ...rest] = path;
  if (rest.length === 0) {
    target[name] = value;
    return;
  }
  const inner = (target[name] ??= {}) as Record<string, unknown>;
  setNested(inner, rest, value);
}

/** A response with the example of every field. */
export const buildExampleResponse = ({
  response,
}: Pick<DarajaOperation, "response">): Record<string, unknown> =>
  Object.fromEntries(Object.entries(response).map(([name, { example }]) => [name, example]));

/** When the examples' payments were made: 2026-01-01, 12:00:00.123 in Nairobi. */
const exampleTime = Date.UTC(2026, 0, 1, 9, 0, 0, 123);
const exampleId = minIdAt(exampleTime);

const exampleIdentifiers: G2Identifiers = {
  requestId: () => "8423-4a3b-87d8-1d918a78741e243712",
  conversationId: () => "AG_20260101_0100101002hi3i67m6ml",
  checkoutRequestId: (_id, msisdn) => `ws_CO_01012026120000123${msisdn.slice(-9)}`,
  parse: () => null,
};

const examplePayment: PaymentRow = {
  id: exampleId,
  type: "collection",
  protocol: "daraja",
  operation: "",
  status: "completed",
  refusal: null,
  amountMinor: 10_00n,
  reversedMinor: 0n,
  debitAccount: null,
  creditAccount: null,
  organisation: "600996",
  counterparty: "254708374149",
  applicationId: null,
  reference: "8423-4a3b-87d8-1d918a78741e243712",
  customerReference: "CompanyXLTD",
  description: "Payment of X",
  originalId: null,
  mandateId: null,
  holdCode: null,
  receipt: "UA1SG632NM",
  thirdPartyReference: null,
  notificationsOwed: 1,
  at: new Date(exampleTime),
  endedAt: new Date(exampleTime),
};

/** The facts that a notification is rendered from, for a success or a refusal. */
export function buildExampleContext(
  operation: DarajaOperation,
  refusal: RecordedRefusal | null,
  settings: DarajaSettings,
): NotificationContext {
  const code = toResultCode(operation, refusal);
  const payment = { ...examplePayment, operation: operation.name, refusal, ...operation.examplePayment };
  return {
    operation,
    rail: railFor("sandbox", darajaMarket),
    payment,
    refusal,
    code,
    description: toResultText(operation, code),
    identifiers: exampleIdentifiers,
    settings,
    endedAt: exampleTime,
    receipt: payment.receipt ?? "",
    parties: {
      organisationName: "Daraja sandbox",
      organisationKind: "paybill",
      msisdnForm: null,
      registrationVersion: "v2",
      counterpartyName: "Another business",
      customer: { firstName: "John", middleName: "", lastName: "Doe" },
      chargeMinor: 0n,
      originalReceipt: null,
      debitKind: null,
    },
    balances: { utility: 92_540_00n, working: 700_000_00n, merchant: 12_345_00n, charges_paid: 0n },
  };
}
