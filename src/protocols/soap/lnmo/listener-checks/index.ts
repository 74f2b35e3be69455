/** What the listener check needs of the LNMO checkout: a case set for each CALL_BACK_METHOD. */
import { formatReceiptDate } from "../../../g2/formats.ts";
import { formatNairobiTime } from "../../../g2/identifiers.ts";
import type { ListenerChecks } from "../../../listener-checks.ts";
import { createMalformedXml } from "../../listener-checks/malformed-xml.ts";
import { protocolName } from "../../names.ts";
import { confirmTransaction } from "../confirm-transaction.ts";
import { callbackMethods } from "../names.ts";
import { queryStatus } from "../query-status.ts";
import { createMalformedForms } from "./malformed-forms.ts";
import { buildMessage, getCode, listRefusals } from "./messages.ts";

/** The call whose result is called back. */
const { name: call, title } = confirmTransaction;

type CallbackMethodName = keyof typeof callbackMethods;

const malformed = {
  xml: () =>
    createMalformedXml({
      codes: ["RETURN_CODE", "TRX_STATUS"],
      success: "00",
      ids: ["MERCHANT_TRANSACTION_ID", "TRX_ID"],
      end: "</ns1:ResultMsg>",
    }),
  post: () => createMalformedForms(false),
  get: () => createMalformedForms(true),
} as const satisfies Record<CallbackMethodName, unknown>;

/** The same fields in the reverse order. */
const reverseForm = (form: string): string =>
  new URLSearchParams([...new URLSearchParams(form)].toReversed()).toString();

/** Blanks between the elements. */
const addBlanks = (body: string): string => body.replaceAll(/><(?=[A-Z])/g, ">\n  <");

const createCaseSet = (method: CallbackMethodName): ListenerChecks => ({
  protocol: protocolName,
  callbackMethod: method,
  calls: [call],
  moneyCalls: [call],
  mainCall: call,
  twoStep: null,
  names: {
    reference: "MERCHANT_TRANSACTION_ID",
    conversationId: "TRX_ID",
    conversationIdTitle: "TRX_ID",
    statusQuery: queryStatus.name,
  },
  // 05: it expired, or was not answered in time. 29, 34: the platform failed or is late. 35: an earlier one has the outcome.
  inconclusiveCodes: ["05", "29", "34", "35"],
  acknowledgement: {
    expects: "Acknowledgements have the word ok or success.",
    fix: "Respond with the word ok or success, in a body of any form.",
  },
  malformedBodies: malformed[method](),
  hasAmount: () => true,
  isQuery: () => false,
  getTitle: () => title,
  getCode,
  listRefusals,
  createIds: (random, label) => ({
    conversationId: random.bytes(`${label}/checkout`, 16).toString("hex"),
    transactionId:
      formatReceiptDate(formatNairobiTime(Date.now())) +
      random.letters(`${label}/transaction`, 7).toUpperCase(),
  }),
  buildMessage: (_random, payment, refusal) => buildMessage(callbackMethods[method], payment, refusal),
  reserialise: method === "xml" ? addBlanks : reverseForm,
});

/** The first is the default. */
export const lnmoCaseSets: readonly ListenerChecks[] = (
  Object.keys(callbackMethods) as CallbackMethodName[]
).map(createCaseSet);
