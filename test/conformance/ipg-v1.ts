/** The stories' caller of IPG v1: its application has a response URL, so results arrive there. */
import type { IpgV1Product } from "../../src/protocols/ipg-v1/products.ts";
import { call, createApplication, getClientInfo, mozambique, setResponseUrl } from "../support/ipg-v1.ts";
import { acknowledge } from "../support/listener.ts";
import type { Reply } from "../support/sandbox.ts";
import { amount, type CallResponse, type ConformingProtocol, type ProtocolCaller } from "./caller.ts";

const toResponse = ({ status, body }: Reply): CallResponse => ({
  accepted: status < 300,
  code: body["output_ResponseCode"] ?? "",
  name: body["output_ConversationID"] ?? "",
});

export const ipgV1Stories: ConformingProtocol = {
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
  createMsisdn: (number) => `2588479${String(number).padStart(5, "0")}`,
  callWithOwnReference: "collect",
  exceptions: { moves_own_funds: "The wire has no call for it: an organisation has one account." },

  async createCaller({ sandbox, listenerUrl }): Promise<ProtocolCaller> {
    const { serviceProviderCode: organisation, receiverPartyCode } = getClientInfo(sandbox);
    const application = await createApplication(sandbox, { responseUrl: listenerUrl });
    const { bearer } = application;
    const send = (
      product: IpgV1Product,
      reference: string,
      fields: Readonly<Record<string, string>>,
    ): Promise<Reply> =>
      call(sandbox, product, { input_ThirdPartyReference: reference, ...fields }, { bearer });
    const pay = async (
      product: IpgV1Product,
      reference: string,
      fields: Readonly<Record<string, string>>,
    ): Promise<CallResponse> =>
      toResponse(
        await send(product, reference, { input_Amount: amount, input_TransactionReference: "T1", ...fields }),
      );
    return {
      applicationId: application.id,
      organisation,
      collectionAccount: "working",
      acknowledge,
      async collect({ msisdn, reference, signal }) {
        const fields = { input_CustomerMSISDN: msisdn, input_ServiceProviderCode: organisation };
        if (signal === undefined) return pay("ipgV1C2b", reference, fields);
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
        pay("ipgV1B2c", reference, { input_CustomerMSISDN: msisdn, input_ServiceProviderCode: organisation }),
      payBusiness: (reference) =>
        pay("ipgV1B2b", reference, {
          input_PrimaryPartyCode: organisation,
          input_ReceiverPartyCode: receiverPartyCode,
        }),
      moveOwnFunds: () => Promise.reject(new Error("IPG v1 has no such call")),
      reverse: async ({ receipt, amount: part, reference }) =>
        toResponse(
          await send("ipgV1Reversal", reference, {
            input_TransactionID: receipt,
            input_ReversalAmount: part,
            input_InitiatorIdentifier: "MPesa2018",
            input_SecurityCredential: "Mpesa2019",
            input_ServiceProviderCode: organisation,
          }),
        ),
      async queryStatus(reference) {
        // A query has its result in the response only while the application has no URL.
        await setResponseUrl(sandbox, application, null);
        const { body } = await send("ipgV1QueryTransactionStatus", `q${reference}`, {
          input_QueryReference: reference,
          input_ServiceProviderCode: organisation,
        });
        await setResponseUrl(sandbox, application, listenerUrl);
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
  },
};
