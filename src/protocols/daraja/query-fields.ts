/** Fields that the calls with an initiator and a ResultURL have in common. */
import { callbackUrl, enumeration, optional, securityCredential, shortcode, text } from "./fields.ts";

export const initiatorField = text({
  description: "The username of the organisation's API operator.",
  example: "testapi",
  maxLength: 100,
});

export const credentialField = securityCredential({
  description: "The API operator's password, encrypted with the environment's certificate.",
  example: `${"A".repeat(342)}==`,
});

export const partyField = shortcode({ description: "The organisation that asks.", example: 600996 });

export const identifierTypeField = enumeration({
  description: "The kind of PartyA: `4` a shortcode, `2` a till, `1` a customer.",
  example: "4",
  values: ["4", "2", "1"],
});

export const remarksField = optional(
  text({ description: "A comment.", example: "ok", maxLength: 100, truncates: true }),
);

export const timeoutUrlField = callbackUrl({
  description: "Gets the notice that the call was not executed in time.",
  example: "https://example.com/mpesa/timeout",
});

export const resultUrlField = callbackUrl({
  description: "Gets the result.",
  example: "https://example.com/mpesa/result",
});

/** The results of every call that verifies an initiator. */
export const initiatorResults = {
  "2001": "initiator_credential_invalid",
  "8006": "initiator_locked",
  "21": "initiator_role_missing",
  TP40153: "initiator_not_permitted",
} as const;
