/** What the proof needs to know of payments and organisations. */
import { accountKindsByOrganisation, formerAccountKinds } from "../organisations/kinds.ts";
import { finalStatusByRefusal } from "../payments/refusals.ts";
import type { RailFacts } from "../store/proof/invariants.ts";

export const railFacts: RailFacts = {
  statusByRefusal: finalStatusByRefusal,
  accountKinds: accountKindsByOrganisation,
  formerAccountKinds,
};
