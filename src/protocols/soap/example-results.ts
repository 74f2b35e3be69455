/** Results of payments that were never made, for the documentation and the listener check. */
import { minIdAt } from "../../core/ids.ts";
import type { PaymentParties } from "../../callbacks/notification.ts";
import type { PaymentRow } from "../../payments/payments.ts";
import { exampleParties } from "./examples.ts";
import type { ResultDialect, SoapEntries, SoapResult } from "./messages.ts";
import { protocolName } from "./names.ts";
import type { SoapOperation, SoapResultContext } from "./operation.ts";
import { resultTexts, type SoapResultCode } from "./result-codes.ts";

const exampleNames: PaymentParties = {
  organisationName: "Safari Traders",
  organisationKind: "paybill",
  msisdnForm: null,
  registrationVersion: null,
  counterpartyName: "John Doe",
  customer: { firstName: "John", middleName: "", lastName: "Doe" },
  debitKind: null,
  chargeMinor: 0n,
  originalReceipt: null,
};

/** What differs between examples. */
export interface ExampleFacts {
  readonly code: SoapResultCode;
  readonly receipt: string;
  readonly reference: string;
  readonly msisdn: string;
  readonly amountMinor: bigint;
  readonly at: Date;
  readonly dialect: ResultDialect;
}

/** What the result of a command is rendered from. */
export function createExampleContext(
  { name, receiverParty }: SoapOperation,
  { code, receipt, reference, msisdn, amountMinor, at, dialect }: ExampleFacts,
): SoapResultContext {
  const toCustomer = receiverParty === "customer";
  const payment: PaymentRow = {
    id: minIdAt(at.getTime()),
    type: toCustomer ? "payout" : "transfer",
    protocol: protocolName,
    operation: name,
    status: "completed",
    refusal: null,
    amountMinor,
    reversedMinor: 0n,
    debitAccount: null,
    creditAccount: null,
    organisation: exampleParties.shortCode,
    counterparty: toCustomer ? msisdn : exampleParties.otherShortCode,
    applicationId: null,
    reference,
    customerReference: "",
    description: name,
    originalId: null,
    mandateId: null,
    holdCode: null,
    receipt,
    notificationsOwed: 1,
    thirdPartyReference: null,
    at,
    endedAt: at,
  };
  return {
    payment,
    code,
    dialect,
    receipt,
    endedAt: at.getTime(),
    parties: toCustomer
      ? exampleNames
      : { ...exampleNames, counterpartyName: "Umoja Wholesalers", customer: null },
    balances: { utility: 9_254_000_00n, working: 1_000_000_00n, merchant: 500_000_00n, charges_paid: 0n },
  };
}

const exampleIds = {
  originatorConversationId: "600996_Safari_000001",
  conversationId: "AG_20260101_0100101002hi3i67m6ml",
} as const;

/** A successful payment. */
export function createExampleResult(operation: SoapOperation, dialect: ResultDialect): SoapResult {
  const context = createExampleContext(operation, {
    code: "0",
    receipt: "UA1SG632NM",
    reference: exampleIds.originatorConversationId,
    msisdn: exampleParties.customer,
    amountMinor: 100_00n,
    // 2026-01-01, 12:00:00 in Nairobi.
    at: new Date(Date.UTC(2026, 0, 1, 9)),
    dialect,
  });
  return {
    code: "0",
    description: resultTexts["0"],
    ...exampleIds,
    transactionId: context.receipt,
    parameters: operation.listParameters?.(context) ?? [],
    references: operation.listReferences?.(context) ?? [],
  };
}

/** By command: what a query finds. */
const queried: Readonly<Record<string, SoapEntries>> = {
  AccountBalance: [
    ["ShortCode", "600996"],
    ["OrgainsationName", "Safari Traders"],
    ["Working Account Available Funds", "1000000.00"],
    ["Working Account Uncleared Funds", "0.00"],
    ["Working Account Reserved Funds", "0.00"],
    ["Working Account Account Number", "6009961"],
    ["Working Account Account Balance SetTime", "20260101120000"],
  ],
  TransactionStatusQuery: [
    ["InitiatedTime", "20260101120000"],
    ["FinalisedTime", "20260101120000"],
    ["TransactionType", "Business Payment to Customer via API"],
    ["ReceiptNo", "UA1SG632NM"],
    ["TransactionStatus", "Completed"],
    ["TransactionReason", null],
    ["DebitPartyName", "600996 - Safari Traders"],
    ["CreditPartyName", "254708374149 - John Doe"],
    ["DebitAccountType", "Utility Account"],
    ["DebitAccountBalance", "Utility Account|KES|9254000.00|9254000.00|0.00|0.00"],
    ["ReasonType", "Business Payment to Customer via API"],
    ["Originator Conversation ID", exampleIds.originatorConversationId],
    ["Conversation ID", exampleIds.conversationId],
    ["Amount", "100.00"],
    ["DebitPartyCharges", "Fee For B2C Payment|KES|15.00"],
    ["CreditPartyCharges", null],
  ],
};

/** The result of a query. */
export const createExampleStatus = ({ name }: SoapOperation): SoapResult => ({
  code: "0",
  description: resultTexts["0"],
  ...exampleIds,
  transactionId: "UA10000000",
  parameters: queried[name] ?? [],
  references: [],
});
