/** The initiator of a reversal: an API operator of the organisation, with its password. */
import type { OperatorVerification } from "../../organisations/organisation-directory.ts";
import { describeUnlock } from "../../organisations/unlock-operator.ts";
import type { RecordedRefusal } from "../../payments/refusals.ts";
import type { IpgV1Call } from "./operation.ts";
import type { IpgV1Parameter } from "./parameters.ts";

type InitiatorCall = Pick<
  IpgV1Call<{
    readonly input_SecurityCredential: IpgV1Parameter<string, true>;
    readonly input_InitiatorIdentifier: IpgV1Parameter<string, true>;
    readonly input_ServiceProviderCode: IpgV1Parameter<string, true>;
  }>,
  "caller" | "note" | "organisations" | "rail" | "values"
>;

/**
 * The refusal of a wrong initiator, or null. A wrong password counts towards the lock of the operator, so an application can
 * offer one only for the operators of organisations that it may act for.
 */
export async function checkInitiator({
  caller,
  note,
  organisations,
  rail,
  values,
}: InitiatorCall): Promise<RecordedRefusal | null> {
  const { input_ServiceProviderCode: organisation, input_InitiatorIdentifier: username } = values;
  // The batch refuses the organisation itself.
  if (caller.shortcodes?.has(organisation) === false) return null;
  const verification = await organisations.verifyOperator(
    organisation,
    username,
    values.input_SecurityCredential,
  );
  if (verification.outcome === "ok") {
    if (verification.roles.includes("reversal")) return null;
    note(`The operator ${username} of ${organisation} does not have the role reversal.`);
    return "initiator_role_missing";
  }
  if (verification.outcome === "unknown" && (await organisations.find(organisation)) === undefined)
    return null;
  note(`${failureTexts[verification.outcome]} (operator ${username} of ${organisation}).`);
  if (verification.outcome === "locked") note(describeUnlock({ rail, shortcode: organisation, username }));
  return refusalByOutcome[verification.outcome];
}

type FailedOutcome = Exclude<OperatorVerification["outcome"], "ok">;

const failureTexts: Readonly<Record<FailedOutcome, string>> = {
  unknown: "The organisation has no operator with this InitiatorIdentifier",
  wrong: "The SecurityCredential is not the operator's password. IPG v1 sends it as it is, not encrypted",
  locked: "The operator is locked after wrong passwords",
  suspended: "The operator is suspended",
  expired: "The operator's password is too old: renew it",
};

const refusalByOutcome: Readonly<Record<FailedOutcome, RecordedRefusal>> = {
  unknown: "initiator_credential_invalid",
  wrong: "initiator_credential_invalid",
  locked: "initiator_locked",
  suspended: "initiator_suspended",
  expired: "initiator_credential_invalid",
};
