/** The stories of every protocol, in the order of the fidelity table. */

export const storyNames = {
  pays: "a customer pays",
  declines: "a customer declines",
  wrong_pin: "a customer enters a wrong PIN until it is locked",
  cannot_afford: "a customer cannot afford the payment",
  ignores_prompt: "a customer does not answer",
  repeats: "the caller asks twice with one reference",
  hangs_up: "a customer answers after the caller has hung up",
  reverses: "a payment is reversed in full",
  reverses_in_part: "a payment is reversed in part",
  reverses_twice: "a payment is reversed twice",
  asks_status: "the caller asks the status before, during and after",
  pays_out: "an organisation pays a customer",
  pays_business: "an organisation pays another",
  moves_own_funds: "an organisation moves money between its own accounts",
  listener_down: "the listener is down and comes back",
  listener_garbage: "the listener answers garbage",
  key_revoked: "the key is revoked while a prompt is open",
} as const;

export type StoryName = keyof typeof storyNames;
