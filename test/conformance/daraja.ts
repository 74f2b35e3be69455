/** The stories' caller of Daraja: an acknowledgement first, and the result at the URL of each request. */
import { b2b } from "../../src/protocols/daraja/operations/b2b.ts";
import { b2cV3 } from "../../src/protocols/daraja/operations/b2c-v3.ts";
import { reversal } from "../../src/protocols/daraja/operations/reversal.ts";
import { productNames } from "../../src/protocols/daraja/products.ts";
import {
  createDarajaApplication,
  createDarajaClientAt,
  initiatorFields,
  kenya,
  signStk,
  stkFields,
  type DarajaReply,
} from "../support/daraja.ts";
import { respondWith } from "../support/listener.ts";
import { amount, type CallResponse, type ConformingProtocol, type ProtocolCaller } from "./caller.ts";

const organisation = "600996";
const otherOrganisation = "600000";

const getText = (value: unknown): string =>
  typeof value === "string" || typeof value === "number" ? String(value) : "";

const toResponse = ({ status, body }: DarajaReply): CallResponse => ({
  accepted: status === 200,
  code: getText(body["ResponseCode"] ?? body["errorCode"]),
  name: getText(body["CheckoutRequestID"] ?? body["ConversationID"]),
});

export const darajaStories: ConformingProtocol = {
  name: "daraja",
  market: kenya,
  codes: {
    accepted: "0",
    success: "0",
    declined: "1032",
    wrongPin: "2001",
    balanceTooLow: "1",
    noAnswer: "1019",
    repeatedReference: "500.002.1001",
    alreadyReversed: "R000001",
    keyRevoked: "404.001.03",
  },
  statuses: { unknown: "unknown", pending: "4999", completed: "0" },
  createMsisdn: (number) => `2547960${String(number).padStart(5, "0")}`,
  callWithOwnReference: "payOut",
  exceptions: {},

  async createCaller({ sandbox, listenerUrl }): Promise<ProtocolCaller> {
    const application = await createDarajaApplication(sandbox, productNames);
    const client = createDarajaClientAt(sandbox.url, application);
    const token = await client.getToken();
    const initiated = {
      ...initiatorFields(sandbox),
      ResultURL: listenerUrl,
      QueueTimeOutURL: `${listenerUrl}/timeout`,
      Remarks: "Story",
    };
    const post = async (path: string, fields: object): Promise<CallResponse> =>
      toResponse(await client.post(path, fields, { token }));
    const transfer = (CommandID: string, PartyB: string): Promise<CallResponse> =>
      post(b2b.path, {
        ...initiated,
        CommandID,
        SenderIdentifierType: "4",
        RecieverIdentifierType: "4",
        Amount: amount,
        PartyA: organisation,
        PartyB,
        AccountReference: "353353",
      });
    return {
      applicationId: application.id,
      organisation,
      collectionAccount: "utility",
      acknowledge: respondWith(
        200,
        { "content-type": "application/json" },
        '{"ResultCode":0,"ResultDesc":"ok"}',
      ),
      async collect({ msisdn, reference, signal }) {
        const fields = stkFields({
          ...signStk(organisation),
          Amount: Number(amount),
          PartyA: msisdn,
          PhoneNumber: msisdn,
          PartyB: organisation,
          CallBackURL: listenerUrl,
          AccountReference: reference.slice(-12),
        });
        if (signal === undefined) return post("/mpesa/stkpush/v1/processrequest", fields);
        // The acknowledgement comes at once, so this client hangs up when it has read the headers.
        await fetch(`${sandbox.url}/mpesa/stkpush/v1/processrequest`, {
          method: "POST",
          headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
          body: JSON.stringify(fields),
        });
        signal.throwIfAborted();
        throw await new Promise((resolve) => signal.addEventListener("abort", () => resolve(signal.reason)));
      },
      payOut: ({ msisdn, reference }) =>
        post(b2cV3.path, {
          ...initiated,
          OriginatorConversationID: reference,
          InitiatorName: initiated.Initiator,
          CommandID: "BusinessPayment",
          Amount: amount,
          PartyA: organisation,
          PartyB: msisdn,
          Occassion: "Story",
        }),
      payBusiness: () => transfer("BusinessPayBill", otherOrganisation),
      moveOwnFunds: () => transfer("BusinessTransferFromMMFToUtility", organisation),
      reverse: ({ receipt, amount: part }) =>
        post(reversal.path, {
          ...initiated,
          CommandID: "TransactionReversal",
          TransactionID: receipt,
          Amount: part,
          ReceiverParty: organisation,
          RecieverIdentifierType: "11",
        }),
      async queryStatus(_reference, response) {
        const { body } = await client.post(
          "/mpesa/stkpushquery/v1/query",
          { ...signStk(organisation), CheckoutRequestID: response?.name ?? "ws_CO_1" },
          { token },
        );
        return getText(body["ResultCode"]) || "unknown";
      },
      readResult({ text }) {
        const { Result: result, Body: body } = JSON.parse(text) as DarajaNotification;
        if (result !== undefined)
          return {
            name: result.ConversationID,
            code: String(result.ResultCode),
            receipt: result.TransactionID ?? "",
          };
        if (body === undefined) return null;
        const { CheckoutRequestID, ResultCode, CallbackMetadata } = body.stkCallback;
        const receipt = CallbackMetadata?.Item.find(({ Name }) => Name === "MpesaReceiptNumber")?.Value;
        return { name: CheckoutRequestID, code: String(ResultCode), receipt: getText(receipt) };
      },
    };
  },
};

interface DarajaNotification {
  readonly Result?: {
    readonly ConversationID: string;
    readonly ResultCode: number | string;
    readonly TransactionID?: string;
  };
  readonly Body?: {
    readonly stkCallback: {
      readonly CheckoutRequestID: string;
      readonly ResultCode: number | string;
      readonly CallbackMetadata?: {
        readonly Item: readonly { readonly Name: string; readonly Value?: unknown }[];
      };
    };
  };
}
