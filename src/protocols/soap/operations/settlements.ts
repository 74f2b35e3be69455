/** Money that an organisation takes out: to its bank, and to its settlement account. */
import { accountKindsByOrganisation } from "../../../organisations/kinds.ts";
import type { KnownOrganisation } from "../../../organisations/organisation-directory.ts";
import type { RecordedRefusal } from "../../../payments/refusals.ts";
import { holdingAccount } from "../../../payments/rules/transfer.ts";
import { describeCommand } from "../../g2/commands.ts";
import { formatAccount, getDebitedAccount } from "../../g2/debited-account.ts";
import { formatDecimal } from "../../g2/formats.ts";
import { formatNairobiTime } from "../../g2/identifiers.ts";
import { findPayerRefusal } from "../../g2/payer-refusal.ts";
import { listFailureParameters } from "../failure-parameters.ts";
import type { SoapEntries } from "../messages.ts";
import type {
  CommandOutcome,
  SoapCall,
  SoapOperation,
  SoapParameter,
  SoapResultContext,
} from "../operation.ts";
import { transferResults } from "../result-lists.ts";
import { findTransferRefusal, listTransferReferences } from "../transfers.ts";

const headOffice: SoapParameter = {
  kind: "text",
  description: "The head office of a store. It is accepted, and changes nothing.",
  example: "500100",
  isOptional: true,
  maxLength: 20,
};

const shared = {
  product: "soapB2b",
  role: "b2b",
  primaryParty: "organisation",
  receiverParty: "none",
  trigger: { field: "PrimaryParty", scheme: "shortcode" },
  results: transferResults,
  listReferences: listTransferReferences,
} as const satisfies Partial<SoapOperation>;

export const bankWithdrawal: SoapOperation = {
  ...shared,
  name: "OrgBankAccountWithdrawal",
  title: "OrgBankAccountWithdrawal",
  description:
    "Withdraws money to the organisation's bank: from the working account to the operator's holding account, from which the operator pays the bank.",
  parameters: {
    Amount: { kind: "amount", description: "The amount in shillings.", example: "5000.00" },
    HeadOffice: headOffice,
  },
  listParameters: listWithdrawalParameters,
  async execute(call) {
    const amountMinor = call.amountMinor ?? 0n;
    const outcome = await call.payments.transfer({
      ...call.buildPayment({
        organisation: call.payer,
        organisationAccount: "working",
        refusal:
          findTransferRefusal(amountMinor) ??
          findPayerRefusal(await call.organisations.find(call.payer), "working"),
      }),
      ...holdingAccount,
      amountMinor,
      customerReference: "",
      description: describeCommand("OrgBankAccountWithdrawal", call.document.remark),
    });
    return { payment: outcome.refusal, amountMinor };
  },
};

export const revenueSettlement: SoapOperation = {
  ...shared,
  name: "OrgRevenueSettlement",
  title: "OrgRevenueSettlement",
  description:
    "Settles what the organisation has collected: all of its utility account, or of a till's merchant account, goes to its settlement account, or to its working account if it has no other.",
  parameters: { HeadOffice: headOffice },
  listParameters: listSettlementParameters,
  execute: settleRevenue,
};

/** The balance is read before the batch. Money that arrives meanwhile stays for the next settlement. */
async function settleRevenue(call: SoapCall): Promise<CommandOutcome> {
  const { payer, organisations } = call;
  const organisation = await organisations.find(payer);
  const kinds: readonly string[] =
    organisation === undefined ? [] : accountKindsByOrganisation[organisation.kind];
  const from = kinds.includes("merchant") ? "merchant" : "utility";
  const to = kinds.includes("settlement") ? "settlement" : "working";
  const collected = (await organisations.listAccounts(payer)).find(({ kind }) => kind === from);
  const amountMinor = collected?.availableMinor ?? 0n;
  const outcome = await call.payments.transfer({
    ...call.buildPayment({
      organisation: payer,
      organisationAccount: from,
      refusal: findSettlementRefusal(organisation, from, to, amountMinor),
    }),
    receiver: payer,
    receiverAccount: to,
    amountMinor,
    customerReference: "",
    description: describeCommand("OrgRevenueSettlement", call.document.remark),
  });
  return { payment: outcome.refusal, amountMinor };
}

/** Money leaves a utility account for the working account only where `BusinessTransferFromUtilityToMMF` may move it, too. */
function findSettlementRefusal(
  organisation: KnownOrganisation | undefined,
  from: "merchant" | "utility",
  to: "settlement" | "working",
  amountMinor: bigint,
): RecordedRefusal | null {
  if (organisation === undefined) return null;
  const refusal = findPayerRefusal(organisation, from);
  if (refusal !== null) return refusal;
  if (from === "utility" && to === "working" && !organisation.utilityToWorkingAllowed)
    return "operation_not_allowed";
  return amountMinor === 0n ? "organisation_balance_too_low" : null;
}

function listWithdrawalParameters(context: SoapResultContext): SoapEntries {
  const { payment, parties, endedAt, code } = context;
  if (code !== "0") return listFailureParameters({ endedAt });
  return [
    ["Amount", formatDecimal(payment.amountMinor)],
    ["DebitPartyCharges", parties.chargeMinor === 0n ? "" : formatDecimal(parties.chargeMinor)],
    ["TransCompletedTime", formatNairobiTime(endedAt)],
    ["DebitPartyAffectedAccountBalance", formatAccount(getDebitedAccount(context, "working"))],
  ];
}

function listSettlementParameters(context: SoapResultContext): SoapEntries {
  const { payment, balances, endedAt, code } = context;
  if (code !== "0") return listFailureParameters({ endedAt });
  const debited = getDebitedAccount(context, "utility");
  const creditedName =
    balances.settlement === undefined ? "Working Account" : "Organization Settlement Account";
  const credited = { name: creditedName, availableMinor: balances.settlement ?? balances.working ?? 0n };
  return [
    ["FundsMovement", `${debited.name}|${creditedName}|KES|${formatDecimal(payment.amountMinor)}`],
    ["AccountBalanceAfterSettlement", [debited, credited].map(formatAccount).join("&")],
    ["BOCompletedTime", formatNairobiTime(endedAt)],
    ["SettlementPlanID", payment.organisation],
  ];
}
