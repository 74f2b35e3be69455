/** The names of the LNMO checkout: those of its wire, and those that its rows are stored under. */

export const lnmoNamespace = "tns:ns";

/** Where the service is, in lower case. */
export const lnmoPath = "/mpesa_online/lnmo_checkout_server.php";

/** The product that an application may have enabled, and the operation of its payments. */
export const lnmoProduct = "soapLnmo";
export const lnmoOperation = "lnmoCheckout";

/** The kinds of notification: the methods of a callback. Each goes to the CALL_BACK_URL of its checkout. */
export const lnmoNotificationKinds = {
  lnmo_xml: "Receives the result of each LNMO checkout, as a SOAP message.",
  lnmo_post: "Receives the result of each LNMO checkout, as a form.",
  lnmo_get: "Receives the result of each LNMO checkout, in a query string.",
} as const;

export type LnmoNotificationKind = keyof typeof lnmoNotificationKinds;

/** CALL_BACK_METHOD, and the kind of notification that it asks for. */
export const callbackMethods = {
  xml: "lnmo_xml",
  post: "lnmo_post",
  get: "lnmo_get",
} as const satisfies Record<string, LnmoNotificationKind>;

/** What the passwords of the checkout's headers are made with, sealed. */
export const lnmoPasskeyKind = "lnmo_passkey";
