/** The wording of Kenya's M-PESA, where it differs from that of other markets. */
import type { MarketWords, SmsWords } from "../catalogue.ts";
import { prompts } from "./prompts.ts";
import { ussd } from "./ussd.ts";

const forAccount = (account: string): string => (account === "" ? "" : ` for account ${account}`);

const sms: SmsWords = {
  message: ({ transactionId, sentence, date, timeOfDay, balance }) =>
    `${transactionId} ${sentence} on ${date} at ${timeOfDay}.${balance === null ? "" : ` New M-PESA balance is ${balance}.`}`,
  unknownPayment: "a transaction",

  paid: ({ amount, organisationName, account }) =>
    account === ""
      ? `Confirmed. ${amount} paid to ${organisationName}`
      : `Confirmed. ${amount} sent to ${organisationName}${forAccount(account)}`,
  notPaid: ({ amount, organisationName, account }) =>
    `Failed. ${organisationName} did not accept your payment of ${amount}${forAccount(account)}`,
  orderSkipped: ({ amount, organisationName, account }) =>
    `Failed. Your standing order did not pay ${amount} to ${organisationName}${forAccount(account)}: your balance was too low`,
  received: ({ amount, organisation }) => `Confirmed. You have received ${amount} from ${organisation}`,
  promotion: ({ amount, organisation }) =>
    `Confirmed. Congratulations! You have received ${amount} from ${organisation}`,
  invoice: ({ amount, organisationName, shortcode, account, name, lastDay }) =>
    `${organisationName} has sent you a bill of ${amount} for ${name}. Lipa na M-PESA by ${lastDay}: Pay Bill ${shortcode}, Account no. ${account}.`,
  invoiceReminder: ({ amount, organisationName, shortcode, account, name, lastDay }) =>
    `Reminder: your bill of ${amount} for ${name} from ${organisationName} is due on ${lastDay}. Lipa na M-PESA: Pay Bill ${shortcode}, Account no. ${account}.`,
  debited: ({ amount, organisationName, mandate }) =>
    `Confirmed. ${amount} sent to ${organisationName} by your standing order ${mandate}`,
  returnedToCustomer: ({ amount, organisationName, original }) =>
    `Confirmed. Transaction ${original} has been reversed by ${organisationName}, and ${amount} is credited to your account`,
  takenFromCustomer: ({ amount, organisationName, original }) =>
    `Confirmed. Transaction ${original} has been reversed by ${organisationName}, and ${amount} is debited from your account`,
  mandateCreated: ({ organisationName, mandate, orderAmount, frequency }) =>
    `Confirmed. Your standing order ${mandate} to ${organisationName}, ${[orderAmount ?? [], frequency].flat().join(" ")}, was created`,
  mandateEnded: ({ organisationName, mandate }) =>
    `Confirmed. Your standing order ${mandate} to ${organisationName} was cancelled`,

  paymentReceived: ({ customer, amount, account }) =>
    `Confirmed. ${amount} received from ${customer}${forAccount(account)}`,
  debitReceived: ({ customer, amount, mandate }) =>
    `Confirmed. ${amount} received from ${customer} by standing order ${mandate}`,
  transferReceived: ({ organisation, amount }) => `Confirmed. ${amount} received from ${organisation}`,
  returnedToOrganisation: ({ amount, original, customer }) =>
    `Confirmed. ${amount} of ${original} was returned to you by ${customer}`,
  takenFromOrganisation: ({ amount, original, customer }) =>
    `Confirmed. ${amount} of ${original} was returned to ${customer}`,
};

export const kenya: MarketWords = {
  sms,
  prompts: {
    ...prompts,
    mandate: ({ organisation, reference, terms }) =>
      `Let ${organisation} take money by standing order ${reference}, ${terms}? Enter M-PESA PIN to agree.`,
    payment: ({ amount, organisation, reference }) =>
      `Do you want to pay ${amount} to ${organisation}${reference === "" ? "" : ` Account no. ${reference}`}? Enter M-PESA PIN`,
  },
  ussd: {
    ...ussd,
    menu: "M-PESA\n1. Balance\n2. Last five payments\n3. Standing orders\n4. Change PIN\n5. Blocked businesses",
    payMerchants: "6. Lipa na M-PESA",
    merchants: "Lipa na M-PESA\n1. Pay Bill\n2. Buy Goods",
    enterPin: "Enter M-PESA PIN",
    enterPinToPay: ({ amount, merchant, account }) =>
      `Pay ${amount} to ${merchant}${account === null ? "" : `, account ${account}`}. Enter M-PESA PIN`,
    balance: (available) => `Your M-PESA balance:\n${available}`,
  },
};
