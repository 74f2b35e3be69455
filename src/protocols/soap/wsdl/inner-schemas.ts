/** The schemas of the documents in messages. The genuine ones are not published: these describe what is read and written. */
import { namespaces } from "../names.ts";
import type { WsdlField, WsdlSchema } from "./describe-wsdl.ts";

const text = (name: string): WsdlField => ({ name, type: "string" });
const optional = (name: string, type = "string"): WsdlField => ({ name, type, isOptional: true });
const list = (name: string, type: string): WsdlField => ({ name, type, isOptional: true, isList: true });

const entry = [text("Key"), optional("Value")];

const party = [text("IdentifierType"), optional("Identifier"), optional("ShortCode")];

export const requestDocumentSchema: WsdlSchema = {
  namespace: namespaces.request,
  areFieldsQualified: true,
  elements: { request: "Request" },
  types: {
    Request: [
      { name: "Transaction", type: "Transaction" },
      optional("Identity", "Identity"),
      optional("KeyOwner"),
    ],
    Transaction: [
      text("CommandID"),
      optional("LanguageCode"),
      optional("OriginatorConversationID"),
      optional("ConversationID"),
      optional("Remark"),
      optional("EncryptedParameters"),
      optional("Parameters", "Parameters"),
      optional("ReferenceData", "ReferenceData"),
      optional("Timestamp"),
    ],
    Parameters: [list("Parameter", "Entry")],
    ReferenceData: [list("ReferenceItem", "Entry")],
    Entry: entry,
    Identity: [
      optional("Caller", "Caller"),
      optional("Initiator", "Initiator"),
      // As the genuine type is spelt.
      optional("PrimaryParty", "PrimartyParty"),
      optional("ReceiverParty", "Party"),
      optional("AccessDevice", "Party"),
      optional("Requester", "Party"),
    ],
    Caller: [
      optional("CallerType"),
      optional("ThirdPartyID"),
      optional("Password"),
      optional("CheckSum"),
      optional("ResultURL"),
    ],
    Initiator: [
      text("IdentifierType"),
      text("Identifier"),
      optional("SecurityCredential"),
      optional("ShortCode"),
    ],
    PrimartyParty: party,
    Party: party,
  },
};

export const responseDocumentSchema: WsdlSchema = {
  namespace: namespaces.response,
  areFieldsQualified: true,
  elements: { response: "Response" },
  types: {
    Response: [
      text("ResponseCode"),
      optional("ConversationID"),
      optional("ResponseDesc"),
      optional("OriginatorConversationID"),
      optional("ServiceStatus"),
    ],
  },
};

export const resultDocumentSchema: WsdlSchema = {
  namespace: namespaces.result,
  areFieldsQualified: true,
  elements: { Result: "Result" },
  types: {
    Result: [
      optional("ResultType", "integer"),
      text("ResultCode"),
      optional("ResultDesc"),
      optional("OriginatorConversationID"),
      optional("ConversationID"),
      optional("TransactionID"),
      optional("ResultParameters", "ResultParameters"),
      optional("ReferenceData", "ReferenceData"),
    ],
    ResultParameters: [list("ResultParameter", "Entry")],
    ReferenceData: [list("ReferenceItem", "Entry")],
    Entry: entry,
  },
};
