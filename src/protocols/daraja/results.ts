/**
 * The notifications `{"Result": …}` of the calls with a ResultURL, and their acknowledgement.
 *
 * Products differ in the JSON types of codes and values, as Daraja's own do (`result-style.ts`).
 */
import { formatDecimal, formatReceiptDate } from "../g2/formats.ts";
import type { PaymentEvent } from "../../payments/notifications.ts";
import type {
  CallReply,
  DarajaCall,
  NotificationContext,
  NotificationForm,
  ResultEntries,
} from "./operation.ts";
import { formatNairobiTime } from "../g2/identifiers.ts";
import type { ResultStyle } from "./result-style.ts";
import { WireNumber, type WireObject, type WireValue } from "./wire-json.ts";

/** The ids that name a request in its notifications. */
export interface ResultIds {
  readonly originatorConversationId: string;
  readonly conversationId: string;
}

/** What a result says, whatever its call. */
export interface ResultFacts extends ResultIds {
  readonly code: string;
  readonly description: string;
  /** The receipt, or the date's letters and seven zeros. */
  readonly transactionId: string;
  readonly parameters: ResultEntries;
  readonly references: ResultEntries;
}

/** Builds the body of a result. */
export function buildResult(style: ResultStyle, facts: ResultFacts, allNumbers: boolean): WireObject {
  const succeeded = facts.code === "0";
  const typeAs = allNumbers ? "number" : succeeded ? style.success : style.failureType;
  const codeAs = allNumbers ? "number" : succeeded ? style.success : style.failureCode;
  return {
    Result: {
      ResultType: typeAs === "number" ? 0 : "0",
      ResultCode: toWireCode(facts.code, codeAs),
      ResultDesc: facts.description,
      OriginatorConversationID: facts.originatorConversationId,
      ConversationID: facts.conversationId,
      TransactionID: facts.transactionId,
      ResultParameters: wrapEntries("ResultParameter", facts.parameters),
      ReferenceData: wrapEntries("ReferenceItem", facts.references),
    },
  };
}

export const toWireCode = (code: string, type: "number" | "string"): string | number =>
  type === "number" && /^\d+$/.test(code) ? Number(code) : code;

/** One entry is an object, several are a list, and none is left out. */
function wrapEntries(name: string, entries: ResultEntries): WireObject | undefined {
  const items = entries.map(([key, value]): WireObject =>
    value === undefined ? { Key: key } : { Key: key, Value: value },
  );
  const [first] = items;
  if (first === undefined) return undefined;
  return { [name]: (items.length === 1 ? first : items) as WireValue };
}

/** A payment's entries, for a success and for a failure. */
export interface ResultContent {
  readonly style: ResultStyle;
  parameters(context: NotificationContext): ResultEntries;
  failureParameters?(context: NotificationContext): ResultEntries;
  /** The TransactionID of a failure: the payment's own receipt, or the date's letters and seven zeros. Default: own. */
  readonly failureReceipt?: "own" | "zeros";
  references(context: NotificationContext): ResultEntries;
}

/** The notifications of a call with a ResultURL and a QueueTimeOutURL. */
export function resultNotifications(content: ResultContent): {
  readonly result: NotificationForm;
  readonly timeout: NotificationForm;
} {
  return {
    result: {
      description: "The result of the call.",
      isOwed: ({ refusal }) => refusal !== "timed_out",
      render(context) {
        const { code, description, payment, identifiers, settings } = context;
        const facts: ResultFacts = {
          code,
          description,
          originatorConversationId: payment.reference,
          conversationId: identifiers.conversationId(payment.id),
          transactionId: getTransactionId(content, context),
          parameters:
            code === "0" ? content.parameters(context) : (content.failureParameters?.(context) ?? []),
          references: content.references(context),
        };
        return buildResult(content.style, facts, settings.numericResultCodes);
      },
    },
    timeout: timeoutForm,
  };
}

const getTransactionId = (
  { failureReceipt = "own" }: ResultContent,
  { code, receipt, endedAt }: NotificationContext,
): string =>
  code === "0" || failureReceipt === "own"
    ? receipt
    : `${formatReceiptDate(formatNairobiTime(endedAt))}0000000`;

const timeoutForm: NotificationForm = {
  description: "The call was not executed in time.",
  isOwed: ({ refusal }: PaymentEvent) => refusal === "timed_out",
  render: ({ payment, identifiers }) =>
    buildTimeoutNotice({
      originatorConversationId: payment.reference,
      conversationId: identifiers.conversationId(payment.id),
    }),
};

/** The body of the notice at a QueueTimeOutURL. */
export const buildTimeoutNotice = ({ originatorConversationId, conversationId }: ResultIds): WireObject => ({
  Result: {
    ResultType: 1,
    ResultCode: "1",
    ResultDesc: "The service request timed out.",
    OriginatorConversationID: originatorConversationId,
    ConversationID: conversationId,
  },
});

export const acceptedText = "Accept the service request successfully.";

/** The response fields of an acknowledgement, for the documentation. */
export const acknowledgementFields = {
  ConversationID: {
    description: "The request's id on the platform.",
    example: "AG_20260928_0100101002hi3i67m6ml",
  },
  OriginatorConversationID: {
    description: "The caller's id of the request, or the platform's if the call has none.",
    example: "8423-4a3b-87d8-1d918a78741e243712",
  },
  ResponseCode: { description: "0 if the request was accepted.", example: "0" },
  ResponseDescription: { description: "The text of the code.", example: acceptedText },
} as const;

/** The acknowledgement of a call whose result follows at its ResultURL. */
export function acknowledge(
  { id, identifiers }: Pick<DarajaCall, "id" | "identifiers">,
  details: {
    readonly originatorConversationId?: string | undefined;
    readonly reason: string;
    readonly amountMinor?: bigint;
    readonly madePayment?: boolean;
  },
): CallReply {
  const { originatorConversationId = identifiers.requestId(id), ...log } = details;
  return {
    body: {
      ConversationID: identifiers.conversationId(id),
      OriginatorConversationID: originatorConversationId,
      ResponseCode: "0",
      ResponseDescription: acceptedText,
    },
    code: "0",
    ...log,
  };
}

/** Minor units as a number with two decimals, such as 92540.00. */
export const decimalNumber = (amountMinor: bigint): WireNumber => new WireNumber(formatDecimal(amountMinor));

/** Minor units as a whole number, or with two decimals if there are cents. */
export const plainNumber = (amountMinor: bigint): WireNumber =>
  amountMinor % 100n === 0n ? new WireNumber((amountMinor / 100n).toString()) : decimalNumber(amountMinor);
