/**
 * The stories' callers of IPG v1. The application of one has a response URL, so results arrive there. The other has none: its
 * responses have the results, and wait for the customer.
 */
import type { IpgV1Product } from "../../src/protocols/ipg-v1/products.ts";
import { callControl, control } from "../support/control.ts";
import { call, createApplication, getClientInfo, mozambique, setResponseUrl } from "../support/ipg-v1.ts";
import { acknowledge } from "../support/listener.ts";
import { waitFor } from "../support/prompts.ts";
import type { Reply, TestSandbox } from "../support/sandbox.ts";
import {
  amount,
  type CallerOptions,
  type CallResponse,
  type ConformingProtocol,
  type ProtocolCaller,
} from "./caller.ts";

const toResponse = ({ status, body }: Reply): CallResponse => ({
  accepted: status < 300,
  code: body["output_ResponseCode"] ?? "",
  name: body["output_ConversationID"] ?? "",
});

const noOwnFunds = "The wire has no call for it: an organisation has one account.";
const noNotification = "Nothing is notified.";

const common = {
  name: "ipg-v1",
  market: mozambique,
  codes: {
    accepted: "INS-0",
    success: "INS-0",
    declined: "INS-5",
    wrongPin: "INS-6",
    balanceTooLow: "INS-2006",
    noAnswer: "INS-9",
    repeatedReference: "INS-10",
    alreadyReversed: "INS-6",
    keyRevoked: "INS-2",
  },
  statuses: { unknown: "INS-23", pending: "N/A", completed: "Completed" },
  createMsisdn: (number: number) => `2588479${String(number).padStart(5, "0")}`,
  callWithOwnReference: "collect",
} as const;

export const ipgV1Stories: ConformingProtocol = {
  ...common,
  exceptions: { moves_own_funds: noOwnFunds },
  createCaller: (options) =>
    createCaller(options, {
      responseUrl: options.listenerUrl,
      take: async (reply) => toResponse(await reply),
    }),
};

export const ipgV1SynchronousStories: ConformingProtocol = {
  ...common,
  mode: "synchronous",
  exceptions: {
    moves_own_funds: noOwnFunds,
    listener_down: noNotification,
    listener_garbage: noNotification,
  },
  async createCaller(options) {
    const replies = new Map<string, Promise<Reply>>();
    const caller = await createCaller(options, {
      responseUrl: null,
      async take(reply, msisdn) {
        const response = await takeReplyOrPrompt(options.sandbox, reply, msisdn);
        replies.set(response.name, reply);
        return response;
      },
    });
    return {
      ...caller,
      async waitForResponse(name) {
        const reply = await replies.get(name);
        if (reply === undefined) throw new Error(`no request has the id ${name}`);
        return { name, code: toResponse(reply).code, receipt: reply.body["output_TransactionID"] ?? "" };
      },
    };
  },
};

/** The response, or what is known of the request as soon as the customer is asked. */
async function takeReplyOrPrompt(
  sandbox: TestSandbox,
  reply: Promise<Reply>,
  msisdn: string | null,
): Promise<CallResponse> {
  if (msisdn === null) return toResponse(await reply);
  let response: CallResponse | undefined;
  // A failed request is reported by the story, which waits for the reply.
  reply.then(
    (received) => (response = toResponse(received)),
    () => {},
  );
  return waitFor(`the response, or a prompt for ${msisdn}`, async () => {
    const name = await findPromptedRequest(sandbox, msisdn);
    return response ?? (name === undefined ? undefined : { accepted: true, code: "", name });
  });
}

async function findPromptedRequest(sandbox: TestSandbox, msisdn: string): Promise<string | undefined> {
  // A customer who approves at once has no handset.
  const { status, body } = await callControl(sandbox, "GET", `/markets/${mozambique}/handsets/${msisdn}`);
  if (status !== 200) return undefined;
  const prompt = (body.prompts as { open: boolean; transactionId: string }[]).find(({ open }) => open);
  if (prompt === undefined) return undefined;
  const payment = await control(sandbox, "GET /markets/{market}/payments/{name}", {
    params: { market: mozambique, name: prompt.transactionId },
  });
  return payment.conversationId;
}

interface CallerMode {
  readonly responseUrl: string | null;
  /** What a story gets of a request. `msisdn` is the customer who may be asked. */
  take(reply: Promise<Reply>, msisdn: string | null): Promise<CallResponse>;
}

async function createCaller(
  { sandbox }: Pick<CallerOptions, "sandbox">,
  { responseUrl, take }: CallerMode,
): Promise<ProtocolCaller> {
  const { serviceProviderCode: organisation, receiverPartyCode } = getClientInfo(sandbox);
  const application = await createApplication(sandbox, { responseUrl });
  const { bearer } = application;
  const send = (
    product: IpgV1Product,
    reference: string,
    fields: Readonly<Record<string, string>>,
  ): Promise<Reply> =>
    call(sandbox, product, { input_ThirdPartyReference: reference, ...fields }, { bearer });
  const pay = (
    product: IpgV1Product,
    reference: string,
    fields: Readonly<Record<string, string>>,
  ): Promise<Reply> =>
    send(product, reference, { input_Amount: amount, input_TransactionReference: "T1", ...fields });
  return {
    applicationId: application.id,
    organisation,
    collectionAccount: "working",
    acknowledge,
    async collect({ msisdn, reference, signal }) {
      const fields = { input_CustomerMSISDN: msisdn, input_ServiceProviderCode: organisation };
      if (signal === undefined) return take(pay("ipgV1C2b", reference, fields), msisdn);
      // Without a URL, the response waits for the customer. This client does not.
      await setResponseUrl(sandbox, application, null);
      await fetch(`${sandbox.url}/ipg/v1x/c2bPayment/singleStage/`, {
        method: "POST",
        signal,
        headers: { authorization: `Bearer ${bearer}`, "content-type": "application/json" },
        body: JSON.stringify({
          ...fields,
          input_Amount: amount,
          input_TransactionReference: "T1",
          input_ThirdPartyReference: reference,
        }),
      });
      throw new Error("the response came before the client hung up");
    },
    payOut: ({ msisdn, reference }) =>
      take(
        pay("ipgV1B2c", reference, {
          input_CustomerMSISDN: msisdn,
          input_ServiceProviderCode: organisation,
        }),
        null,
      ),
    payBusiness: (reference) =>
      take(
        pay("ipgV1B2b", reference, {
          input_PrimaryPartyCode: organisation,
          input_ReceiverPartyCode: receiverPartyCode,
        }),
        null,
      ),
    moveOwnFunds: () => Promise.reject(new Error("IPG v1 has no such call")),
    reverse: ({ receipt, amount: part, reference }) =>
      take(
        send("ipgV1Reversal", reference, {
          input_TransactionID: receipt,
          input_ReversalAmount: part,
          input_InitiatorIdentifier: "MPesa2018",
          input_SecurityCredential: "Mpesa2019",
          input_ServiceProviderCode: organisation,
        }),
        null,
      ),
    async queryStatus(reference) {
      // A query has its result in the response only while the application has no URL.
      if (responseUrl !== null) await setResponseUrl(sandbox, application, null);
      const { body } = await send("ipgV1QueryTransactionStatus", `q${reference}`, {
        input_QueryReference: reference,
        input_ServiceProviderCode: organisation,
      });
      if (responseUrl !== null) await setResponseUrl(sandbox, application, responseUrl);
      const code = body["output_ResponseCode"] ?? "";
      return code === "INS-0" ? (body["output_ResponseTransactionStatus"] ?? "") : code;
    },
    readResult({ body }) {
      const code = body["input_ResultCode"];
      if (code === undefined) return null;
      return {
        name: body["input_OriginalConversationID"] ?? "",
        code: code === "0" ? "INS-0" : code,
        receipt: body["input_TransactionID"] ?? "",
      };
    },
  };
}
