/** The names that the SOAP Broker's rows are stored under, and those of its wire. */

/** The protocol, in payments, notifications, credentials and log lines. */
export const protocolName = "soap";

/** The market that has the Broker. */
export const soapMarket = "safaricomKEN";

/** The kinds of notification; each goes to a URL of its own. */
export const notificationKinds = {
  result: "Receives the result of each command, at its ResultURL.",
  result_g1: "The same, in the dialect of the first generation of the core.",
  timeout: "Receives the notice that a command was not executed in time, at its QueueTimeoutURL.",
  confirmation: "Receives each payment to a shortcode, at the registered ConfirmationURL.",
} as const;

export type SoapNotificationKind = keyof typeof notificationKinds;

/** Also the key of the QueueTimeoutURL among the URLs of a request. */
export const timeoutKind = "timeout" satisfies SoapNotificationKind;

/** What the password of a service provider's digests is, sealed. */
export const spPasswordKind = "sp_password";
/** What encrypts a new password in `changePassword`, sealed: sixteen characters each. */
export const passwordKeyKind = "password_key";
export const passwordVectorKind = "password_vector";

const root = "http://api-v1.gen.mm.vodafone.com/mminterface";

/** Namespaces of the wire. They are compared without blanks around them. */
export const namespaces = {
  request: `${root}/request`,
  response: `${root}/response`,
  result: `${root}/result`,
  /** The header of the generated code. */
  header: "http://www.huawei.com.cn/schema/common/v2_1",
  /** The header of most programs. */
  osgHeader: "http://www.huawei.com/schema/osg/common/v2_1",
  c2bPayment: "http://cps.huawei.com/cpsinterface/c2bpayment",
  timeoutNotification: "http://www.csapi.org/schema/timeoutnotification/data/v1_0/local",
  transaction: "http://www.csapi.org/schema/transaction/data/v1_0/local",
  management: "http://www.csapi.org/schema/management/data/v1_0/local",
} as const;

/** The operation of requests without a command, as the WSDL names it. */
export const requestOperationName = "GenericAPIRequest";

/** The command that registers the URLs of C2B. */
export const registerUrlName = "RegisterURL";
