/**
 * The services of the Broker, and those that merchants serve, with the names of the genuine WSDLs, so that a client that
 * was generated from those works too. The header's schema is inline: strict libraries stop at an import that they cannot
 * resolve.
 */
import { namespaces } from "../names.ts";
import type { WsdlDescription, WsdlField, WsdlMessage, WsdlSchema } from "./describe-wsdl.ts";

const field = (name: string, type = "string"): WsdlField => ({ name, type });
const optional = (name: string, type = "string"): WsdlField => ({ name, type, isOptional: true });

const headerFields: readonly WsdlField[] = [
  field("spId"),
  optional("spPassword"),
  optional("serviceId"),
  optional("timeStamp"),
  optional("OA"),
  optional("oauth_token"),
  optional("FA"),
  optional("token"),
];

const headerSchema: WsdlSchema = {
  namespace: namespaces.header,
  areFieldsQualified: true,
  types: { RequestSOAPHeader: headerFields },
  elements: { RequestSOAPHeader: "RequestSOAPHeader" },
};

const toMessage = (name: string, namespace: string, element: string, part = element): WsdlMessage => ({
  name,
  part,
  content: { namespace, element },
});

const headerMessage = toMessage("RequestSOAPHeaderMessage", namespaces.header, "RequestSOAPHeader");

/** `/mminterface/request`, and `/mminterface/registerURL`, which has the same messages. */
export const requestService: WsdlDescription = {
  targetNamespace: namespaces.request,
  schemas: [
    {
      namespace: namespaces.request,
      areFieldsQualified: true,
      elements: { RequestMsg: "string", ResponseMsg: "string" },
    },
    headerSchema,
  ],
  portType: "RequestMgrPortType",
  binding: "RequestBinding",
  service: "RequestMgrService",
  port: "RequestMgrServicePort",
  operations: [
    {
      name: "GenericAPIRequest",
      soapAction: "",
      input: toMessage("RequestMessage", namespaces.request, "RequestMsg"),
      output: toMessage("ResponseMessage", namespaces.request, "ResponseMsg"),
      header: headerMessage,
    },
  ],
};

/** The service at a ResultURL, which the merchant serves. */
export const resultService: WsdlDescription = {
  targetNamespace: namespaces.result,
  schemas: [
    {
      namespace: namespaces.result,
      areFieldsQualified: true,
      elements: { ResultMsg: "string", ResponseMsg: "string" },
    },
  ],
  portType: "ResultMgrPortType",
  binding: "ResultBinding",
  service: "ResultMgrService",
  port: "ResultMgrServicePort",
  operations: [
    {
      name: "GenericAPIResult",
      soapAction: "",
      input: toMessage("ResultMessage", namespaces.result, "ResultMsg"),
      output: toMessage("ResponseMessage", namespaces.result, "ResponseMsg"),
    },
  ],
};

const kycInfo: WsdlField = { name: "KYCInfo", type: "KYCInfo", isOptional: true, isList: true };

const paymentFields: readonly WsdlField[] = [
  field("TransType"),
  field("TransID"),
  field("TransTime"),
  field("TransAmount"),
  field("BusinessShortCode"),
  optional("BillRefNumber"),
  optional("InvoiceNumber"),
];

/** The service at a ValidationURL and a ConfirmationURL, which the merchant serves. One part is spelt as the genuine one is. */
export const c2bService: WsdlDescription = {
  targetNamespace: namespaces.c2bPayment,
  schemas: [
    {
      namespace: namespaces.c2bPayment,
      areFieldsQualified: false,
      types: {
        KYCInfo: [field("KYCName"), field("KYCValue")],
        C2BPaymentValidationRequest: [...paymentFields, field("MSISDN"), kycInfo],
        C2BPaymentValidationResult: [
          field("ResultCode"),
          optional("ResultDesc"),
          optional("ThirdPartyTransID"),
        ],
        C2BPaymentConfirmationRequest: [
          ...paymentFields,
          optional("OrgAccountBalance"),
          optional("ThirdPartyTransID"),
          field("MSISDN"),
          kycInfo,
        ],
      },
      elements: {
        C2BPaymentValidationRequest: "C2BPaymentValidationRequest",
        C2BPaymentValidationResult: "C2BPaymentValidationResult",
        C2BPaymentConfirmationRequest: "C2BPaymentConfirmationRequest",
        C2BPaymentConfirmationResult: "string",
      },
    },
  ],
  portType: "C2BPaymentValidationAndComfirmation",
  binding: "C2BPaymentValidationAndConfirmationBinding",
  service: "C2BPaymentValidationAndConfirmationService",
  port: "C2BPaymentValidationAndConfirmationServicePort",
  operations: [
    {
      name: "ValidateC2BPayment",
      soapAction: "ValidateC2BPayment",
      input: toC2bMessage("C2BPaymentValidationRequest"),
      output: toC2bMessage("C2BPaymentValidationResult"),
    },
    {
      name: "ConfirmC2BPayment",
      soapAction: "ConfirmC2BPayment",
      input: toC2bMessage("C2BPaymentConfirmationRequest", "C2BPaymenConfirmationRequest"),
      output: toC2bMessage("C2BPaymentConfirmationResult"),
    },
  ],
};

const element = (name: string, foreignNamespace: string): WsdlField => ({
  name,
  type: "string",
  foreignNamespace,
});

/** A schema of texts that other schemas refer to. */
const textSchema = (namespace: string, ...names: readonly string[]): WsdlSchema => ({
  namespace,
  areFieldsQualified: true,
  elements: Object.fromEntries(names.map((name) => [name, "string"])),
});

const resultTexts = textSchema(namespaces.result, "ResultCode", "ResultDesc", "Key", "Value");
const responseTexts = textSchema(namespaces.response, "ResponseCode", "ResponseDesc");

/** Further values by name, whose children are in the namespace of results. */
const extensionTypes: Readonly<Record<string, readonly WsdlField[]>> = {
  ExtensionInfo: [{ name: "item", type: "NamedValue", isOptional: true, isList: true }],
  NamedValue: [element("Key", namespaces.result), element("Value", namespaces.result)],
};

/** The service at a QueueTimeoutURL, which the merchant serves. Children of the answer are in the namespace of results. */
export const timeoutService: WsdlDescription = defineService(
  "TimeoutNotification",
  namespaces.timeoutNotification,
  {
    operation: "notifyQueueTimeout",
    types: {
      notifyQueueTimeout: [
        field("originatorConversationID"),
        field("originRequest"),
        optional("extensionInfo", "ExtensionInfo"),
      ],
      notifyQueueTimeoutResponse: [{ name: "result", type: "Result" }],
      Result: [
        element("ResultCode", namespaces.result),
        { ...element("ResultDesc", namespaces.result), isOptional: true },
      ],
    },
    texts: [resultTexts],
  },
);

/** What the Broker keeps of a request. The genuine type of the request is misspelt. */
export const queryTransactionService: WsdlDescription = defineService(
  "QueryTransaction",
  namespaces.transaction,
  {
    operation: "queryTransaction",
    header: headerMessage,
    types: {
      queryTransaction: [field("originatorConversationID"), optional("extensionInfo", "ExtensionInfo")],
      queryTransactionResponse: [
        { name: "result", type: "Result" },
        optional("submitApiRequestList", "MessageList"),
        optional("submitApiResponseList", "MessageList"),
        optional("submitApiResultList", "MessageList"),
        optional("queueTimeOutList", "MessageList"),
      ],
      Result: [
        element("ResponseCode", namespaces.response),
        { ...element("ResponseDesc", namespaces.response), isOptional: true },
      ],
      MessageList: [{ name: "item", type: "string", isOptional: true, isList: true }],
    },
    texts: [responseTexts, resultTexts],
  },
);

export const changePasswordService: WsdlDescription = defineService("ChangePassword", namespaces.management, {
  operation: "changePassword",
  types: {
    changePassword: [field("spId"), field("spPassword"), field("timeStamp"), field("newPassword")],
    changePasswordResponse: [{ name: "result", type: "Result" }],
    Result: [field("ResponseCode"), optional("ResponseDesc")],
  },
});

interface SingleOperation {
  readonly operation: string;
  readonly header?: WsdlMessage;
  /** The types of the request and the response have the names of their elements. */
  readonly types: Readonly<Record<string, readonly WsdlField[]>>;
  /** Schemas that the types refer to. */
  readonly texts?: readonly WsdlSchema[];
}

function defineService(
  name: string,
  namespace: string,
  { operation, header, types, texts = [] }: SingleOperation,
): WsdlDescription {
  const response = `${operation}Response`;
  return {
    targetNamespace: namespace,
    schemas: [
      {
        namespace,
        areFieldsQualified: true,
        types: {
          ...types,
          ...(texts.includes(resultTexts) ? extensionTypes : {}),
        },
        elements: { [operation]: operation, [response]: response },
      },
      ...texts,
      ...(header === undefined ? [] : [headerSchema]),
    ],
    portType: name,
    binding: `${name}Binding`,
    service: `${name}Service`,
    port: name,
    operations: [
      {
        name: operation,
        soapAction: "",
        input: toMessage(`${operation}Request`, namespace, operation),
        output: toMessage(response, namespace, response),
        ...(header === undefined ? {} : { header }),
      },
    ],
  };
}

function toC2bMessage(element: string, part = element): WsdlMessage {
  return toMessage(`${element}Message`, namespaces.c2bPayment, element, part);
}
