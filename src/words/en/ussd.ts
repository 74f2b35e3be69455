import type { UssdWords } from "../catalogue.ts";

export const ussd: UssdWords = {
  menu: "M-Pesa\n1. Balance\n2. Last five payments\n3. Direct debits\n4. Change PIN\n5. Blocked businesses",
  invalidChoice: "Invalid choice.",
  noConnection: "Connection problem or invalid MMI code.",
  timedOut: "The session has timed out. Dial again.",

  enterPin: "Enter your PIN",
  enterOldPin: "Enter your old PIN",
  enterNewPin: "Enter a new PIN of 4 to 6 digits",
  enterNewPinAgain: "Enter the new PIN once more",
  enterPinToCancel: (organisation) => `Enter your PIN to cancel the direct debit to ${organisation}`,
  pinShape: "A PIN has 4 to 6 digits.",
  samePin: "That is your old PIN.",
  differentPins: "The two PINs are different.",
  wrongPin: (triesLeft) => `Wrong PIN. ${triesLeft === 1 ? "1 try is" : `${triesLeft} tries are`} left.`,
  pinLocked: (until) => `Your PIN is locked until ${until}. Try again then.`,
  pinChanged: "Your PIN is changed. Keep it secret: our staff will never ask for it.",
  pinNotAccepted: "Your PIN is not changed: the new one was not accepted.",

  balance: (available) => `Your M-Pesa balance:\n${available}`,
  held: (amount) => `On hold: ${amount}`,
  noPayments: "You have no payments yet.",
  deposit: "Deposit",

  payMerchants: "6. Lipa na M-Pesa",
  merchants: "Lipa na M-Pesa\n1. Pay Bill\n2. Buy Goods",
  enterBusinessNumber: "Enter business no.",
  enterTillNumber: "Enter till no.",
  enterAccount: "Enter account no.",
  enterAmount: "Enter amount",
  invalidInput: "Invalid input.",
  enterPinToPay: ({ amount, merchant, account }) =>
    `Pay ${amount} to ${merchant}${account === null ? "" : `, account ${account}`}. Enter your PIN`,
  merchantUnknown: "No business with this number takes such payments.",
  paid: ({ amount, merchant, account }) =>
    `You paid ${amount} to ${merchant}${account === null ? "" : `, account ${account}`}.`,
  paymentPending: (merchant) => `Your payment waits for ${merchant}. You will get an SMS.`,
  notPaid: (reason) => `You did not pay. ${reason}`,

  mandates: "Direct debits",
  noMandates: "You have no direct debits.",
  more: "9. More",
  back: "0. Back",
  reference: (reference) => `Ref: ${reference}`,
  cancelMandate: "1. Cancel it",
  mandateCancelled: (organisation) =>
    `Your direct debit to ${organisation} is cancelled. Nothing more will be taken.`,
  mandateEnded: (organisation) => `Your direct debit to ${organisation} has already ended.`,

  blocked: "Blocked. Choose one to unblock",
  noneBlocked: "You have blocked no business.",
  enterNumberToBlock: "Or enter a business number to block",
  enterPinToBlock: (shortcode) => `Enter your PIN to block ${shortcode}`,
  enterPinToUnblock: (shortcode) => `Enter your PIN to unblock ${shortcode}`,
  organisationBlocked: (organisation) =>
    `${organisation} is blocked. It cannot ask you for money or debit you.`,
  organisationUnblocked: (organisation) => `${organisation} is no longer blocked.`,
  organisationUnknown: "No business has this number.",
  tooManyBlocked: "You have blocked too many businesses. Unblock one first.",
};
