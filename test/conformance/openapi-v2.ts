/** The stories' caller of OpenAPI v2: results arrive at the URL of each request. */
import { markets } from "../../src/core/markets.ts";
import { createTestApplication } from "../support/application.ts";
import { acknowledge } from "../support/listener.ts";
import type { Reply } from "../support/sandbox.ts";
import { amount, type CallResponse, type ConformingProtocol, type ProtocolCaller } from "./caller.ts";

const market = "vodacomTZN";
const organisation = "000000";
const otherOrganisation = "000001";

const toResponse = ({ status, body }: Reply): CallResponse => ({
  accepted: status < 300,
  code: body["output_ResponseCode"] ?? "",
  name: body["output_ConversationID"] ?? "",
});

export const openapiV2Stories: ConformingProtocol = {
  name: "openapi-v2",
  market,
  codes: {
    accepted: "INS-0",
    success: "INS-0",
    declined: "INS-6",
    wrongPin: "INS-6",
    balanceTooLow: "INS-2006",
    noAnswer: "INS-9",
    repeatedReference: "INS-10",
    alreadyReversed: "INS-6",
    keyRevoked: "INS-989",
  },
  statuses: { unknown: "INS-23", pending: "N/A", completed: "Completed" },
  createMsisdn: (number) => `2557960${String(number).padStart(5, "0")}`,
  callWithOwnReference: "collect",
  exceptions: { moves_own_funds: "The wire has no call for it: an organisation has one account." },

  async createCaller({ sandbox, listenerUrl }): Promise<ProtocolCaller> {
    const application = await createTestApplication(sandbox);
    const bearer = await sandbox.session(market, application.apiKey);
    const { country, currency } = markets[market];
    const call = async (
      method: "GET" | "POST" | "PUT",
      path: string,
      reference: string,
      fields: Readonly<Record<string, string>>,
    ): Promise<Reply> =>
      sandbox.raw(method, `/sandbox/ipg/v2/${market}/${path}/`, {
        bearer,
        fields: { input_Country: country, input_ThirdPartyConversationID: reference, ...fields },
      });
    const pay = async (
      path: string,
      reference: string,
      fields: Readonly<Record<string, string>>,
    ): Promise<CallResponse> =>
      toResponse(
        await call("POST", path, reference, {
          input_Amount: amount,
          input_Currency: currency,
          input_TransactionReference: "T1",
          input_ResponseURL: listenerUrl,
          ...fields,
        }),
      );
    return {
      applicationId: application.id,
      organisation,
      collectionAccount: "working",
      acknowledge,
      async collect({ msisdn, reference, signal }) {
        const fields = {
          input_CustomerMSISDN: msisdn,
          input_ServiceProviderCode: organisation,
          input_PurchasedItemsDesc: "Shoes",
        };
        if (signal === undefined) return pay("c2bPayment/singleStage", reference, fields);
        // Without a URL, the response waits for the customer. This client does not.
        await fetch(`${sandbox.url}/sandbox/ipg/v2/${market}/c2bPayment/singleStage/`, {
          method: "POST",
          signal,
          headers: { authorization: `Bearer ${bearer}`, origin: "*", "content-type": "application/json" },
          body: JSON.stringify({
            ...fields,
            input_Amount: amount,
            input_Country: country,
            input_Currency: currency,
            input_TransactionReference: "T1",
            input_ThirdPartyConversationID: reference,
          }),
        });
        throw new Error("the response came before the client hung up");
      },
      payOut: ({ msisdn, reference }) =>
        pay("b2cPayment", reference, {
          input_CustomerMSISDN: msisdn,
          input_ServiceProviderCode: organisation,
          input_PaymentItemsDesc: "Salary",
        }),
      payBusiness: (reference) =>
        pay("b2bPayment", reference, {
          input_PrimaryPartyCode: organisation,
          input_ReceiverPartyCode: otherOrganisation,
          input_PurchasedItemsDesc: "Stock",
        }),
      moveOwnFunds: () => Promise.reject(new Error("OpenAPI v2 has no such call")),
      reverse: async ({ receipt, amount: part, reference }) =>
        toResponse(
          await call("PUT", "reversal", reference, {
            input_ReversalAmount: part,
            input_TransactionID: receipt,
            input_ServiceProviderCode: organisation,
            input_ResponseURL: listenerUrl,
          }),
        ),
      async queryStatus(reference) {
        const { body } = await call("GET", "queryTransactionStatus", `q${reference}`, {
          input_QueryReference: reference,
          input_ServiceProviderCode: organisation,
        });
        return body["output_ResponseTransactionStatus"] ?? body["output_ResponseCode"] ?? "";
      },
      readResult({ body }) {
        const code = body["input_ResultCode"];
        if (code === undefined) return null;
        return {
          name: body["input_OriginalConversationID"] ?? "",
          code,
          receipt: body["input_TransactionID"] ?? "",
        };
      },
    };
  },
};
