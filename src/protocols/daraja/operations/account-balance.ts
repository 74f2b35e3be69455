/** Account balance: the balances of an organisation's accounts, at its ResultURL. */
import { enumeration } from "../fields.ts";
import { formatNairobiTime } from "../../g2/identifiers.ts";
import { defineDarajaOperation, type DarajaCall, type QueriedResult } from "../operation.ts";
import { formatAccountBalances } from "../../g2/account-balances.ts";
import {
  credentialField,
  identifierTypeField,
  initiatorField,
  initiatorResults,
  partyField,
  remarksField,
  resultUrlField,
  timeoutUrlField,
} from "../query-fields.ts";
import { textStyle } from "../result-style.ts";
import { acknowledge, acknowledgementFields } from "../results.ts";
import { WireNumber } from "../wire-json.ts";

export const accountBalance = defineDarajaOperation({
  name: "accountBalance",
  product: "darajaBalance",
  title: "Account balance",
  description:
    "Asks for the balances of an organisation's accounts. They are those of the ledger when the request is handled, and follow at the ResultURL: `<account>|KES|<current>|<available>|<reserved>|<uncleared>`, joined by `&`.",
  family: "payouts",
  path: "/mpesa/accountbalance/v1/query",
  fields: {
    Initiator: initiatorField,
    SecurityCredential: credentialField,
    CommandID: enumeration({
      description: "The command.",
      example: "AccountBalance",
      values: ["AccountBalance"],
      aliases: ["Command ID"],
    }),
    PartyA: partyField,
    IdentifierType: identifierTypeField,
    Remarks: remarksField,
    QueueTimeOutURL: timeoutUrlField,
    ResultURL: resultUrlField,
  },
  organisation: "PartyA",
  initiator: {
    name: "Initiator",
    credential: "SecurityCredential",
    organisation: "PartyA",
    role: "account_balance",
  },
  trigger: { field: "PartyA", scheme: "shortcode" },
  results: {
    "15": "duplicate",
    "17": "internal_error",
    "18": "initiator_check_failed",
    "19": "request_too_old",
    "20": "initiator_unknown",
    "22": "initiator_suspended",
    "24": "parameters_missing",
    "25": "parameters_invalid",
    "26": "service_unavailable",
    "29": "command_invalid",
    ...initiatorResults,
    SFC_IC0003: "organisation_unknown",
  },
  response: acknowledgementFields,
  exampleResult: {
    refusal: null,
    style: textStyle,
    parameters: [
      [
        "AccountBalance",
        "Working Account|KES|700000.00|700000.00|0.00|0.00&Utility Account|KES|228037.00|228037.00|0.00|0.00&Charges Paid Account|KES|-1540.00|-1540.00|0.00|0.00&Organization Settlement Account|KES|0.00|0.00|0.00|0.00",
      ],
      ["BOCompletedTime", "20260101120000"],
    ],
    references: [["QueueTimeoutURL", "https://example.com/mpesa/timeout"]],
  },
  notifications: {},

  async handle(call) {
    const { values } = call;
    const { ResultURL, QueueTimeOutURL } = values;
    await call.queueResult({ result: ResultURL, timeout: QueueTimeOutURL }, await readBalances(call, values));
    return acknowledge(call, { reason: "Acknowledged." });
  },
});

async function readBalances(
  call: Pick<DarajaCall, "refusal" | "organisations" | "clock" | "mayActFor">,
  { PartyA, QueueTimeOutURL }: { readonly PartyA: string; readonly QueueTimeOutURL: string },
): Promise<QueriedResult> {
  const { organisations, clock } = call;
  const result = { style: textStyle, references: [["QueueTimeoutURL", QueueTimeOutURL]] } as const;
  const time = formatNairobiTime(clock.now());
  const organisation =
    call.refusal === null && call.mayActFor(PartyA) ? await organisations.find(PartyA) : undefined;
  if (organisation === undefined) {
    // As M-Pesa writes it: a text in a success, a number in a failure.
    const parameters = [["BOCompletedTime", new WireNumber(time)]] as const;
    return { ...result, refusal: call.refusal ?? "organisation_unknown", parameters };
  }
  const accounts = await organisations.listAccounts(PartyA);
  return {
    ...result,
    refusal: null,
    parameters: [
      ["AccountBalance", formatAccountBalances(accounts, organisation.kind)],
      ["BOCompletedTime", time],
    ],
  };
}
