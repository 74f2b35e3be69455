/** The commands of B2B: the account that each debits, the one that it credits, and between whom it moves money. */
import type { OrganisationAccount } from "../../payments/instruction.ts";

interface BusinessCommand {
  readonly from: OrganisationAccount;
  readonly to: OrganisationAccount;
  /** Whether the receiver is the organisation itself, one below the same head office, an agency, or any other. */
  readonly receiver: "itself" | "same_hierarchy" | "agency" | "another";
  readonly description: string;
}

// prettier-ignore
export const businessCommands = {
  BusinessPayBill:                       { from: "working",  to: "utility",  receiver: "another",        description: "pays a bill of a paybill" },
  BusinessBuyGoods:                      { from: "working",  to: "merchant", receiver: "another",        description: "buys from a till" },
  BusinessPayToBulk:                     { from: "working",  to: "utility",  receiver: "another",        description: "tops up a shortcode that pays customers" },
  DisburseFundsToBusiness:               { from: "utility",  to: "working",  receiver: "another",        description: "pays out to an organisation" },
  BusinessToBusinessTransfer:            { from: "working",  to: "working",  receiver: "another",        description: "moves money between organisations" },
  BusinessTransferFromMMFToUtility:      { from: "working",  to: "utility",  receiver: "itself",         description: "moves money within an organisation" },
  BusinessTransferFromUtilityToMMF:      { from: "utility",  to: "working",  receiver: "itself",         description: "moves money within an organisation; result 21 unless the organisation's settings allow it" },
  MerchantToMerchantTransfer:            { from: "merchant", to: "merchant", receiver: "another",        description: "moves money between merchants" },
  MerchantServicesMMFAccountTransfer:    { from: "merchant", to: "merchant", receiver: "same_hierarchy", description: "moves money between merchants of one head office" },
  MerchantTransferFromMerchantToWorking: { from: "merchant", to: "working",  receiver: "itself",         description: "moves money within a merchant" },
  MerchantTransferFromWorkingToMerchant: { from: "working",  to: "merchant", receiver: "itself",         description: "moves money within a merchant" },
  AgencyFloatAdvance:                    { from: "working",  to: "working",  receiver: "agency",         description: "moves float between agencies" },
} as const satisfies Record<string, BusinessCommand>;

export type BusinessCommandId = keyof typeof businessCommands;

export const businessCommandIds = Object.keys(businessCommands) as readonly string[] as readonly [
  BusinessCommandId,
  ...BusinessCommandId[],
];
