/** Account balance: the balances of an organisation's accounts when the command is handled. */
import type { KnownAccount } from "../../../organisations/organisation-directory.ts";
import { formatAccountType, listAccountsInOrder } from "../../g2/account-balances.ts";
import { formatDecimal } from "../../g2/formats.ts";
import { formatNairobiTime } from "../../g2/identifiers.ts";
import type { SoapEntries } from "../messages.ts";
import type { CommandResult, SoapCall, SoapOperation } from "../operation.ts";
import { queryResults } from "../result-lists.ts";
import { toResultCode } from "../result-codes.ts";

export const accountBalance: SoapOperation = {
  name: "AccountBalance",
  product: "soapBalance",
  title: "AccountBalance",
  description: "Asks for the balances of the accounts of the initiator's organisation.",
  role: "account_balance",
  primaryParty: "optional",
  receiverParty: "none",
  parameters: {
    ShortCode: {
      kind: "text",
      description: "The organisation. It must be that of the initiator.",
      example: "600996",
      isOptional: true,
      maxLength: 20,
    },
  },
  trigger: { field: "PrimaryParty", scheme: "shortcode" },
  results: queryResults,
  execute: readBalances,
};

async function readBalances(call: SoapCall): Promise<CommandResult> {
  const { payer, organisations, refusal, clock } = call;
  if (refusal !== null) return { code: toResultCode(refusal) };
  if ((call.getValue("ShortCode") ?? payer) !== payer) return { code: "21" };
  const organisation = call.mayActFor(payer) ? await organisations.find(payer) : undefined;
  if (organisation === undefined) return { code: "6" };
  const accounts = listAccountsInOrder(await organisations.listAccounts(payer));
  const time = formatNairobiTime(clock.now());
  return {
    code: "0",
    parameters: [
      ["ShortCode", payer],
      // As M-Pesa spells it.
      ["OrgainsationName", organisation.name],
      ...accounts.flatMap((account, index) =>
        describeAccount(account, organisation.kind, { payer, index, time }),
      ),
    ],
  };
}

function describeAccount(
  { kind, availableMinor, heldMinor }: KnownAccount,
  organisationKind: string,
  { payer, index, time }: { readonly payer: string; readonly index: number; readonly time: string },
): SoapEntries {
  const name = formatAccountType(kind, organisationKind);
  return [
    [`${name} Available Funds`, formatDecimal(availableMinor)],
    [`${name} Uncleared Funds`, "0.00"],
    [`${name} Reserved Funds`, formatDecimal(heldMinor)],
    [`${name} Account Number`, `${payer}${index + 1}`],
    [`${name} Account Balance SetTime`, time],
  ];
}
