/** The initiator of a call: an API operator of an organisation, with its password and roles. */
import type { ApiOperatorRole } from "../../organisations/api-operators.ts";

/** What an API operator must be allowed to do. */
export type InitiatorRole = ApiOperatorRole;
