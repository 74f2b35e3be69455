import type { FrequencyWords, PromptWords } from "../catalogue.ts";

export const prompts: PromptWords = {
  payment: ({ amount, organisation, reference }) =>
    `Pay ${amount} to ${organisation}, ref ${reference}? Enter your PIN to pay.`,
  mandate: ({ organisation, reference, terms }) =>
    `Let ${organisation} take money by direct debit ${reference}, ${terms}? Enter your PIN to agree.`,
  terms: ({ amount, frequency, firstDay, days, lastDay }) =>
    [
      (amount === null ? "" : `${amount} `) + frequency + (firstDay === null ? "" : ` from ${firstDay}`),
      ...(days === null ? [] : [`days ${days.start} to ${days.end}`]),
      ...(lastDay === null ? [] : [`until ${lastDay}`]),
    ].join(", "),
  paid: "You paid.",
  agreed: "You agreed.",
  paidAndReturned: "You paid. The money was returned later.",
  declined: "You cancelled.",
  expired: "You did not answer in time.",
  wrongPin: "You entered a wrong PIN three times.",
  refused: (_refusal, description) => description,
};

export const frequencies: FrequencyWords = {
  on_demand: "on demand",
  once: "once",
  daily: "daily",
  weekly: "weekly",
  fortnightly: "every two weeks",
  monthly: "monthly",
  every_two_months: "every two months",
  quarterly: "quarterly",
  half_yearly: "half-yearly",
  yearly: "yearly",
};
