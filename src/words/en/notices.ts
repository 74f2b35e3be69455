import type { NoticeWords } from "../catalogue.ts";

export const notices: NoticeWords = {
  title: "Something went wrong",
  allHandsets: "All handsets",

  enrolTitle: "Enrol this device",
  enrolLead: (msisdn) =>
    `To use this device as the handset **${msisdn}**, type the secret that you were given for it. It works once.`,
  enrolSecret: "Enrolment secret",
  enrolSubmit: "Enrol",
  notEnrolled: "This device is not enrolled. Reload the page and enter the enrolment secret.",
  wrongSecret: "The secret is wrong or was used before. Ask the operator for a new one.",
  liveNeedsHttps:
    "Live handsets work over HTTPS only. Open this page with https://, or on the server's own machine.",

  hostNotAllowed:
    "The Host header is not allowed. Use this machine's address, localhost, or a name in HOST or PUBLIC_URL.",
  otherServer: "A web page of another server may not use these handsets. Open /handset on this server.",
  unexpectedFields: "The request body does not have the expected fields.",
  jsonOnly: "The body must be application/json.",
  tooManyRequests: (seconds) => `Too many requests. Try again in ${seconds} seconds.`,
  tooManyHandsets: "Too many handsets are open on this server. Try again later.",
  tooManyHandsetsOfClient: "Too many handsets are open from your address. Close some of them.",

  invalidNumber:
    "The number in the path is not valid. It needs 11 to 14 digits and begins with the country code.",
  unknownMarket: (markets) => `Unknown market. The markets: ${markets}.`,
  noHandset: "No handset has this number in this market.",
  handsetExists: (msisdn) => `${msisdn} already has a handset in this market. It keeps its PIN.`,
  numberShape: ({ operator, digits, prefix }) =>
    `A number of ${operator} has ${digits} digits and begins with ${prefix}.`,
  pinShape: "A PIN has 4 to 6 digits.",
};
