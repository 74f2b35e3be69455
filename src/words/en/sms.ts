import type { SmsWords } from "../catalogue.ts";

export const sms: SmsWords = {
  message: ({ transactionId, sentence, time, balance }) =>
    `${transactionId}: ${sentence}, ${time}.${balance === null ? "" : ` Balance ${balance}.`}`,
  unknownPayment: "a payment",

  paid: ({ amount, organisation, reference }) => `you paid ${amount} to ${organisation}, ref ${reference}`,
  notPaid: ({ amount, organisation }) => `you did not pay ${amount}: ${organisation} did not accept it`,
  orderSkipped: ({ amount, organisation }) =>
    `your standing order did not pay ${amount} to ${organisation}: your balance was too low`,
  received: ({ amount, organisation }) => `you got ${amount} from ${organisation}`,
  promotion: ({ amount, organisation }) => `congratulations, you got ${amount} from ${organisation}`,
  invoice: ({ amount, organisationName, shortcode, account, name, lastDay }) =>
    `${organisationName} sent you a bill of ${amount} for ${name}. Pay ${shortcode}, account ${account}, by ${lastDay}.`,
  invoiceReminder: ({ amount, organisationName, shortcode, account, name, lastDay }) =>
    `Your bill of ${amount} for ${name} from ${organisationName} is due on ${lastDay}. Pay ${shortcode}, account ${account}.`,
  debited: ({ amount, organisation, mandate }) =>
    `${organisation} took ${amount} by your direct debit ${mandate}`,
  returnedToCustomer: ({ amount, organisation, original }) =>
    `${organisation} returned ${amount} of ${original} to you`,
  takenFromCustomer: ({ amount, organisation, original }) =>
    `${organisation} reversed ${amount} of ${original}`,
  mandateCreated: ({ organisation, mandate, frequency }) =>
    `${organisation} may now take money by direct debit ${mandate}, ${frequency}`,
  mandateEnded: ({ organisation, mandate }) => `direct debit ${mandate} to ${organisation} has ended`,

  paymentReceived: ({ customer, amount, reference }) => `${customer} paid you ${amount}, ref ${reference}`,
  debitReceived: ({ customer, amount, mandate }) =>
    `${customer} paid you ${amount} by direct debit ${mandate}`,
  transferReceived: ({ organisation, amount }) => `${organisation} sent you ${amount}`,
  returnedToOrganisation: ({ amount, original, customer }) =>
    `${amount} of ${original} was returned to you from ${customer}`,
  takenFromOrganisation: ({ amount, original, customer }) =>
    `${amount} of ${original} was returned to ${customer}`,
};
