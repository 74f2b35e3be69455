/** Payments between organisations and within one: the commands of B2B. */
import type { OrganisationAccount } from "../../../payments/instruction.ts";
import type { RecordedRefusal } from "../../../payments/refusals.ts";
import { businessCommands, type BusinessCommandId } from "../../g2/business-commands.ts";
import { describeCommand } from "../../g2/commands.ts";
import { findCommandRefusal } from "../../g2/find-command-refusal.ts";
import { transferResults } from "../result-lists.ts";
import type { CommandOutcome, SoapCall, SoapOperation, SoapParameter } from "../operation.ts";
import { findTransferRefusal, listTransferParameters, listTransferReferences } from "../transfers.ts";

/** The commands of the Broker. Topping up a B2C shortcode is Daraja's alone. */
const commands = [
  "BusinessPayBill",
  "BusinessBuyGoods",
  "DisburseFundsToBusiness",
  "BusinessToBusinessTransfer",
  "BusinessTransferFromMMFToUtility",
  "BusinessTransferFromUtilityToMMF",
  "MerchantToMerchantTransfer",
  "MerchantServicesMMFAccountTransfer",
  "MerchantTransferFromMerchantToWorking",
  "MerchantTransferFromWorkingToMerchant",
  "AgencyFloatAdvance",
] as const satisfies readonly BusinessCommandId[];

const amount: SoapParameter = { kind: "amount", description: "The amount in shillings.", example: "7000.00" };

const accountReference: SoapParameter = {
  kind: "text",
  description: "The account that is paid to.",
  example: "353353",
  maxLength: 64,
};

export const businessOperations: readonly SoapOperation[] = commands.map((name): SoapOperation => {
  const { from, to, receiver, description } = businessCommands[name];
  const isWithin = receiver === "itself";
  return {
    name,
    product: "soapB2b",
    title: name,
    description: `The command ${description}: from the ${from} account to the ${to} account.`,
    role: "b2b",
    primaryParty: "organisation",
    receiverParty: isWithin ? "none" : "organisation",
    parameters: {
      Amount: amount,
      ...(isWithin
        ? {}
        : {
            AccountReference:
              name === "BusinessPayBill" ? accountReference : { ...accountReference, isOptional: true },
          }),
    },
    trigger: { field: isWithin ? "PrimaryParty" : "ReceiverParty", scheme: "shortcode" },
    results: transferResults,
    execute: (call) => payOrganisation(call, name, from, to, isWithin ? call.payer : call.receiver),
    listParameters: listTransferParameters,
    listReferences: listTransferReferences,
  };
});

async function payOrganisation(
  call: SoapCall,
  command: BusinessCommandId,
  from: OrganisationAccount,
  to: OrganisationAccount,
  receiver: string,
): Promise<CommandOutcome> {
  const { payer, document } = call;
  const amountMinor = call.amountMinor ?? 0n;
  const outcome = await call.payments.transfer({
    ...call.buildPayment({
      organisation: payer,
      organisationAccount: from,
      refusal: await findRefusal(call, command, receiver, amountMinor),
    }),
    receiver,
    receiverAccount: to,
    amountMinor,
    customerReference: call.getValue("AccountReference") ?? "",
    description: describeCommand(command, document.remark),
  });
  return { payment: outcome.refusal, amountMinor };
}

async function findRefusal(
  { refusal, organisations, payer }: SoapCall,
  command: BusinessCommandId,
  receiver: string,
  amountMinor: bigint,
): Promise<RecordedRefusal | null> {
  const first = refusal ?? findTransferRefusal(amountMinor);
  if (first !== null) return first;
  const commandRefusal = await findCommandRefusal(organisations, { command, payer, receiver });
  if (commandRefusal !== null && commandRefusal !== "receiver_invalid") return commandRefusal;
  const [sender, other] = await Promise.all([organisations.find(payer), organisations.find(receiver)]);
  return sender !== undefined && other === undefined ? "receiver_unknown" : commandRefusal;
}
