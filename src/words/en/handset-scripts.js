// @ts-check
/**
 * The texts of the handset pages' scripts. A browser loads this file unchanged, so it is JavaScript with types in
 * comments, and imports nothing.
 *
 * @type {import("../catalogue.ts").HandsetScriptWords}
 */
export const words = {
  locale: "en-GB",
  today: "Today",
  yesterday: "Yesterday",

  connected: "Connected",
  reconnecting: "No connection to the server. Reconnecting …",
  serverRefused: "The server refused this action.",
  serverUnreachable: "The server cannot be reached. Try again later.",
  fullSignal: "Signal: full",
  noSignal: "No signal",
  pinTriesLeft: (triesLeft) =>
    `PIN: ${triesLeft === 1 ? "1 try" : `${triesLeft} tries`} left before it locks.`,
  pinLocked: (until) => `PIN: locked until ${until}.`,

  sender: "M-PESA",
  messages: (unread) => (unread === 0 ? "Messages" : `Messages, ${unread} unread`),
  messageCount: (count) => (count === 1 ? "1 message" : `${count} messages`),
  newMark: "New:",
  newMessage: (text) => `New message from M-PESA. ${text}`,

  paymentRequest: "M-Pesa payment request",
  mandateRequest: "M-Pesa direct debit request",
  paymentTitle: (organisation) => `Pay ${organisation}?`,
  mandateTitle: (organisation) => `Let ${organisation} collect from your account?`,
  businessNumber: "Business number",
  reference: "Reference",
  nothingTakenNow: "Nothing is taken now",
  cancelAtAnyTime: "You can cancel it in the menu at any time.",
  send: "Send",
  agree: "Agree",
  pinHelp: "Enter it only if you expect this request.",
  startPinHelp: (pin) => `The start PIN of this test handset is ${pin}.`,
  pinShape: "A PIN has 4 to 6 digits.",
  wrongPin: (triesLeft) => `Wrong PIN. ${triesLeft === 1 ? "1 try is" : `${triesLeft} tries are`} left.`,
  yourPinLocked: (until) => `Your PIN is locked until ${until}.`,
  secondsLeft: (seconds) => `${seconds} seconds left.`,
  answerNotSent: "No signal. Your answer was not sent.",
  requestSent: "Request sent …",
  confirmationFollows: "You will get a confirmation message.",
  requestCancelled: "The request is cancelled.",
  organisationBlocked: (organisation) => `The request is cancelled, and ${organisation} is blocked.`,
  tooManyBlocked: "You have blocked too many businesses. Unblock one in the menu first.",
  answeredTooLate: "This request has ended. Your answer came too late.",
  somethingWentWrong: "Something went wrong. Try again.",
  nothingTaken: "Nothing was taken.",
  paymentApproved: (amount, organisation) => `${amount} to ${organisation}`,
  mandateApproved: (organisation, terms) => `${organisation}: ${terms}`,

  ussdRunning: "USSD code running …",
  ussdPin: "PIN",
  ussdReply: "Reply",
  ussdSend: "Send",
  ussdEnd: "OK",

  boardFull: (maxOpen) => `${maxOpen} handsets are open. Close one of them first.`,
  frameTitle: (name) => `Handset of ${name}`,
  close: "Close",
  closeFrame: (name) => `Close the handset of ${name}`,
  numberShape: (digits, prefix) => `${digits} digits, beginning with ${prefix}.`,
};
