/** Who receives the money of an STK push: the paybill, or the till below the head office or store that asks. */
import type { OrganisationAccount } from "../../payments/instruction.ts";
import type { RecordedRefusal } from "../../payments/refusals.ts";
import { families, type DarajaError } from "./families.ts";
import type { KnownOrganisation } from "../../organisations/organisation-directory.ts";
import type { DarajaCall } from "./operation.ts";

export const merchantUnknown: DarajaError = {
  status: 500,
  code: "500.001.1001",
  message: "Merchant does not exist",
};

export interface StkReceiver {
  readonly organisation: string;
  readonly organisationAccount: OrganisationAccount;
  /** The receiver, which the application may act for because it may for the head office or store that asks. */
  readonly actsFor?: string;
  /** Why the payment fails: the request is accepted, and its callback says so. */
  readonly refusal: RecordedRefusal | null;
}

interface StkParties {
  readonly BusinessShortCode: string;
  readonly PartyB: string;
  readonly TransactionType: "CustomerPayBillOnline" | "CustomerBuyGoodsOnline";
}

/** The organisation that asks, if it may ask customers for payments. */
export async function findStkOrganisation(
  { application, organisations }: Pick<DarajaCall, "application" | "organisations">,
  shortcode: string,
): Promise<KnownOrganisation | { readonly error: DarajaError; readonly reason: string }> {
  const { shortcodes } = application;
  if (shortcodes !== null && !shortcodes.has(shortcode))
    return { error: merchantUnknown, reason: `The application may not act for ${shortcode}.` };
  const organisation = await organisations.find(shortcode);
  if (organisation === undefined)
    return { error: merchantUnknown, reason: `No organisation has the shortcode ${shortcode}.` };
  if (!organisation.stkEnabled)
    return { error: merchantUnknown, reason: `The organisation ${shortcode} is not enabled for STK push.` };
  return organisation;
}

export async function findStkReceiver(
  { organisations }: Pick<DarajaCall, "organisations">,
  organisation: KnownOrganisation,
  { BusinessShortCode, PartyB, TransactionType }: StkParties,
): Promise<StkReceiver | { readonly error: DarajaError; readonly reason: string }> {
  const isPaybill = organisation.kind === "paybill" || organisation.kind === "b2c";
  if (TransactionType === "CustomerPayBillOnline") {
    if (isPaybill && PartyB !== BusinessShortCode)
      return {
        error: families.express.invalidField("BusinessShortCode"),
        reason: "The receiver of a paybill's request, PartyB, is the paybill itself.",
      };
    // A till has no such account, so the payment is refused when it is decided.
    return { organisation: BusinessShortCode, organisationAccount: "utility", refusal: null };
  }
  // The failed payment belongs to the organisation that asked: the other one has nothing to do with it.
  if (!(await isTillBelow(organisations, PartyB, BusinessShortCode)))
    return {
      organisation: BusinessShortCode,
      organisationAccount: "merchant",
      refusal: "receiver_invalid",
    };
  return { organisation: PartyB, organisationAccount: "merchant", actsFor: PartyB, refusal: null };
}

/** Whether a shortcode is a till, and belongs to this organisation or is it. */
async function isTillBelow(
  organisations: DarajaCall["organisations"],
  till: string,
  shortcode: string,
): Promise<boolean> {
  const receiver = await organisations.find(till);
  if (receiver?.kind !== "till") return false;
  if (till === shortcode || receiver.parent === shortcode) return true;
  const store = receiver.parent === null ? undefined : await organisations.find(receiver.parent);
  return store?.parent === shortcode;
}
