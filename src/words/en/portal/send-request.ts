/** Sending a request by hand. */
export const sendRequest = {
  title: "Send Request",
  lead: (application: string) =>
    `No key is needed: the request is sent in a short session of ${application}.`,
  application: "Application",
  protocol: "Protocol",
  call: "Call",
  market: "Market",
  customer: "Customer",
  request: "Request",
  parts: "Form of the request",
  fields: "Fields",
  json: "JSON",
  optional: "optional",
  format: (format: string) => `Format: ${format}`,
  newExample: "New example",
  invalidJson: "This is not a JSON object. Correct it before you send it.",
  send: "Send",
  sending: "Waiting for the response",
  checkFailed: (code: string, count: number) =>
    count === 1
      ? `The gateway would refuse this with ${code}.`
      : `The gateway would refuse this with ${code}; ${count} fields are not valid.`,
  checkFailedHelp: "Nothing was sent. You can send it all the same, to see the refusal.",
  noApplication: "You have no application",
  noApplicationHelp: "A request is sent for one of your applications.",
  response: "Response",
  noResponse: "The response appears here after you send the request.",
  responseHeaders: "Headers",
  responseBody: "Body",
  took: (milliseconds: string) => `${milliseconds} ms`,
  sentHeaders: "Sent headers",
  payment: "Open the payment",
  handset: (name: string) => `The handset of ${name}`,
  pin: (pin: string) => `PIN of this handset: ${pin}`,
};
