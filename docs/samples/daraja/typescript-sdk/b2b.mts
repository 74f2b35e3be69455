/**
 * B2B. Moves money between accounts of organisations. The command decides which:
 * `BusinessPayBill` pays a bill of a paybill (working to utility); `BusinessBuyGoods` buys
 * from a till (working to merchant); `BusinessPayToBulk` tops up a shortcode that pays
 * customers (working to utility); `DisburseFundsToBusiness` pays out to an organisation
 * (utility to working); `BusinessToBusinessTransfer` moves money between organisations
 * (working to working); `BusinessTransferFromMMFToUtility` moves money within an organisation
 * (working to utility); `BusinessTransferFromUtilityToMMF` moves money within an organisation;
 * result 21 unless the organisation's settings allow it (utility to working);
 * `MerchantToMerchantTransfer` moves money between merchants (merchant to merchant);
 * `MerchantServicesMMFAccountTransfer` moves money between merchants of one head office
 * (merchant to merchant); `MerchantTransferFromMerchantToWorking` moves money within a
 * merchant (merchant to working); `MerchantTransferFromWorkingToMerchant` moves money within a
 * merchant (working to merchant); `AgencyFloatAdvance` moves float between agencies (working
 * to working).
 *
 * Needs @pesarail/sdk (npm install @pesarail/sdk), and Node 22.18 or newer, which runs
 * TypeScript directly. (On Node 20: npx tsx instead of node.)
 *
 *   node docs/samples/daraja/typescript-sdk/b2b.mts
 */
import { readFileSync } from "node:fs"; // {{SANDBOX}}
import { Daraja } from "@pesarail/sdk/daraja";

// Unchanged, this calls the sandbox on this machine, with the keys from data/sandbox.json. {{SANDBOX}}
// Put your own value into each line that ends with a name in double braces. {{SANDBOX}}
const sandboxFile = process.env.SANDBOX_JSON ?? "data/sandbox.json"; // {{SANDBOX}}
const sandbox = JSON.parse(readFileSync(sandboxFile, "utf8")).daraja; // {{SANDBOX}}
const baseUrl = sandbox.url; // {{BASE_URL}}
const consumerKey = sandbox.consumerKey; // {{CONSUMER_KEY}}
const consumerSecret = sandbox.consumerSecret; // {{CONSUMER_SECRET}}
const shortCode = sandbox.shortCode; // {{SHORT_CODE}}
const initiatorName = sandbox.initiatorName; // {{INITIATOR_NAME}}
const securityCredential = sandbox.securityCredential; // {{SECURITY_CREDENTIAL}}
const customer = "254708374149"; // {{CUSTOMER}}
const callbackUrl = "https://example.com/payments"; // {{CALLBACK_URL}}

const daraja = new Daraja({
  baseUrl,
  environment: "sandbox",
  consumerKey,
  consumerSecret,
  shortcode: shortCode,
  initiator: { name: initiatorName, securityCredential },
  callbackUrl,
  resultUrl: callbackUrl,
});

const answer = succeeded(
  await daraja.transfer({
    command: "BusinessPayBill",
    receiverKind: "paybill",
    amount: "239",
    receiver: "600000",
    accountReference: "353353",
    requester: customer,
    remarks: "OK",
    occasion: "May",
  }),
);
console.log(answer);

/** Returns a result that was acknowledged or accepted. Exits for every other outcome. */
function succeeded<T extends { readonly outcome: string }>(result: T): Exclude<T, Failure> {
  const { outcome } = result;
  if (outcome === "acknowledged" || outcome === "accepted") return result as Exclude<T, Failure>;
  // Unknown is not refused: the payment may complete.
  console.error(result);
  return process.exit(1);
}

interface Failure {
  readonly outcome: "refused" | "unknown";
}
