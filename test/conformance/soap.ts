/** The stories' caller of the SOAP services: the LNMO checkout for customers who are asked, the Broker for the rest. */
import { randomUUID } from "node:crypto";
import type { CommandDetails } from "../../src/protocols/soap/build-request.ts";
import { respondWith } from "../support/listener.ts";
import { checkOutFields, createLnmoClient, getField } from "../support/lnmo.ts";
import {
  createServiceProvider,
  createSoapClientAt,
  kenya,
  otherOrganisation,
  payer,
  readResult,
} from "../support/soap.ts";
import { amount, type CallResponse, type ConformingProtocol, type ProtocolCaller } from "./caller.ts";

/** The checkout writes `00` where the Broker writes `0`. */
const toCode = (text: string): string => (/^\d+$/.test(text) ? String(Number(text)) : text);

export const soapStories: ConformingProtocol = {
  name: "soap",
  market: kenya,
  codes: {
    accepted: "0",
    success: "0",
    declined: "6",
    wrongPin: "6",
    balanceTooLow: "1",
    noAnswer: "5",
    repeatedReference: "15",
    alreadyReversed: "25",
    keyRevoked: "36",
  },
  statuses: { unknown: "12", pending: "Pending", completed: "Success" },
  createMsisdn: (number) => `2547970${String(number).padStart(5, "0")}`,
  callWithOwnReference: "payOut",
  exceptions: {},

  async createCaller({ sandbox, listenerUrl }): Promise<ProtocolCaller> {
    const { id, keys, lnmo } = await createServiceProvider(sandbox);
    const broker = createSoapClientAt(sandbox.url, keys);
    const checkout = createLnmoClient(sandbox.url, lnmo);
    const run = async (command: string, change: Partial<CommandDetails>): Promise<CallResponse> => {
      const { code, conversationId } = await broker.run(command, { resultUrl: listenerUrl, ...change });
      return { accepted: code === "0", code: code ?? "", name: conversationId ?? "" };
    };
    const transfer = (command: string, receiver: string, parameters: CommandDetails["parameters"]) =>
      run(command, {
        originatorConversationId: randomUUID(),
        parameters,
        receiverParty: { identifierType: "4", identifier: receiver },
      });
    return {
      applicationId: id,
      organisation: payer,
      collectionAccount: "utility",
      acknowledge: respondWith(200, { "content-type": "text/xml" }, "ok"),
      async collect({ msisdn, reference, signal }) {
        const fields = checkOutFields({
          MERCHANT_TRANSACTION_ID: reference,
          AMOUNT: amount,
          MSISDN: msisdn,
          CALL_BACK_URL: listenerUrl,
        });
        const announced = await checkout.checkOut(fields);
        const code = announced.get("RETURN_CODE") ?? "";
        const name = announced.get("TRX_ID") ?? "";
        if (code !== "00") return { accepted: false, code, name };
        const confirmed = await checkout.confirm({ TRX_ID: name, MERCHANT_TRANSACTION_ID: reference });
        const confirmedCode = confirmed.get("RETURN_CODE") ?? "";
        // The response comes at once, so this client hangs up when it has read it.
        if (signal !== undefined)
          throw await new Promise((resolve) =>
            signal.addEventListener("abort", () => resolve(signal.reason)),
          );
        return { accepted: confirmedCode === "00", code: confirmedCode, name };
      },
      payOut: ({ msisdn, reference }) =>
        run("BusinessPayment", {
          originatorConversationId: reference,
          parameters: [["Amount", amount]],
          receiverParty: { identifierType: "1", identifier: msisdn },
        }),
      payBusiness: () =>
        transfer("BusinessPayBill", otherOrganisation, [
          ["Amount", amount],
          ["AccountReference", "353353"],
        ]),
      moveOwnFunds: () => transfer("BusinessTransferFromMMFToUtility", payer, [["Amount", amount]]),
      reverse: ({ receipt, amount: part }) =>
        transfer("TransactionReversal", payer, [
          ["OriginalTransactionID", receipt],
          ["Amount", part],
        ]),
      async queryStatus(reference, response) {
        const reply = await checkout.queryStatus({
          ...(response === null ? {} : { TRX_ID: response.name }),
          MERCHANT_TRANSACTION_ID: reference,
        });
        const code = reply.get("RETURN_CODE") ?? "";
        const status = reply.get("TRX_STATUS");
        return status === undefined || (code !== "00" && status !== "Pending") ? code : status;
      },
      readResult({ path, text }) {
        const trxId = getField(text, "TRX_ID");
        if (trxId !== undefined)
          return {
            name: trxId,
            code: toCode(getField(text, "RETURN_CODE") ?? ""),
            receipt: getField(text, "MPESA_TRX_ID") ?? "",
          };
        const { code, conversationId, transactionId } = readResult(path, text);
        return { name: conversationId ?? "", code, receipt: transactionId ?? "" };
      },
    };
  },
};
