/** The service of the LNMO checkout, with the names of the genuine WSDL: its fields are unqualified, and it has one header. */
import type { WsdlDescription, WsdlField, WsdlMessage } from "../wsdl/describe-wsdl.ts";
import { lnmoNamespace } from "./names.ts";

const field = (name: string, type = "string"): WsdlField => ({ name, type });
const optional = (name: string, type = "string"): WsdlField => ({ name, type, isOptional: true });

const toMessage = (element: string): WsdlMessage => ({
  name: element,
  part: element,
  content: { namespace: lnmoNamespace, element },
});

/** The checkout of a status, and of a callback. */
const resultFields: readonly WsdlField[] = [
  field("MSISDN"),
  field("AMOUNT"),
  field("MPESA_TRX_DATE"),
  field("MPESA_TRX_ID"),
  field("TRX_STATUS"),
  field("RETURN_CODE"),
  field("DESCRIPTION"),
  field("MERCHANT_TRANSACTION_ID"),
  field("ENC_PARAMS"),
  field("TRX_ID"),
];

const namedCheckout: readonly WsdlField[] = [optional("TRX_ID"), optional("MERCHANT_TRANSACTION_ID")];

const types: Readonly<Record<string, readonly WsdlField[]>> = {
  CheckOutHeader: [field("MERCHANT_ID"), field("PASSWORD"), field("TIMESTAMP")],
  processCheckOutRequest: [
    field("MERCHANT_TRANSACTION_ID"),
    field("REFERENCE_ID"),
    field("AMOUNT", "double"),
    field("MSISDN"),
    optional("ENC_PARAMS"),
    field("CALL_BACK_URL"),
    field("CALL_BACK_METHOD"),
    optional("TIMESTAMP"),
  ],
  processCheckOutResponse: [
    field("RETURN_CODE"),
    field("DESCRIPTION"),
    field("TRX_ID"),
    optional("ENC_PARAMS"),
    field("CUST_MSG"),
  ],
  transactionConfirmRequest: namedCheckout,
  transactionConfirmResponse: [
    field("RETURN_CODE"),
    field("DESCRIPTION"),
    optional("MERCHANT_TRANSACTION_ID"),
    field("TRX_ID"),
  ],
  transactionStatusRequest: namedCheckout,
  transactionStatusResponse: resultFields,
  ResultMsg: resultFields,
};

const header = toMessage("CheckOutHeader");

/** The merchant serves `LNMOResult` at the CALL_BACK_URL of a checkout whose CALL_BACK_METHOD is `xml`. */
export const lnmoService: WsdlDescription = {
  targetNamespace: lnmoNamespace,
  schemas: [
    {
      namespace: lnmoNamespace,
      areFieldsQualified: false,
      types,
      elements: {
        ...Object.fromEntries(Object.keys(types).map((name) => [name, name])),
        ResponseMsg: "string",
      },
    },
  ],
  portType: "LNMO_portType",
  binding: "LNMO_binding",
  service: "lnmo_checkout_Service",
  port: "lnmo_checkout",
  operations: [
    {
      name: "processCheckOut",
      soapAction: "",
      input: toMessage("processCheckOutRequest"),
      output: toMessage("processCheckOutResponse"),
      header,
    },
    {
      name: "confirmTransaction",
      soapAction: "",
      input: toMessage("transactionConfirmRequest"),
      output: toMessage("transactionConfirmResponse"),
      header,
    },
    {
      name: "transactionStatusQuery",
      soapAction: "",
      input: toMessage("transactionStatusRequest"),
      output: toMessage("transactionStatusResponse"),
      header,
    },
    {
      name: "LNMOResult",
      soapAction: "",
      input: toMessage("ResultMsg"),
      output: toMessage("ResponseMsg"),
    },
  ],
};
