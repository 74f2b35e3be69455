/**
 * Measures C2B payments of IPG v1 on the main port, beside an OpenAPI row of the same minutes. The bearer is the encrypted API
 * key, which is found in a cache as a session's is.
 */
import type { BenchContext } from "./benchmarks.ts";
import { countCompletedPayments, createParties } from "./control.ts";
import { buildPace, runCollections, runGenerator, type CountedMarket } from "./load-run.ts";
import type { Parties } from "./payments.ts";
import type { BenchServer } from "./platform.ts";
import { measureLoadCost, reportProcessorTime } from "./processor-time.ts";
import type { ReportLine } from "./report-line.ts";
import { placeholders, type RequestTemplate } from "./request.ts";

/** Mozambique's market. Numbers that begin with 25885000 select outcomes, so the customers' numbers begin with 25884. */
const mozambique = { name: "vodacomMOZ", prefix: "258" } as const;

const ipgV1Parties: Parties = {
  firstMsisdn: 841_000_001,
  customers: 90_000,
  firstShortcode: 100_001,
  organisations: 100,
};

/** The connections at which the row is measured. */
const connections = 256;

const row = "ipg-v1";

export async function createIpgV1Market(platform: BenchServer, signal: AbortSignal): Promise<CountedMarket> {
  const { sandboxJson: sandbox } = platform;
  const { name: market, prefix } = mozambique;
  await createParties(sandbox, { market, prefix, parties: ipgV1Parties, products: ["ipgV1C2b"] }, signal);
  const completedBefore = await countCompletedPayments(sandbox, market, signal);
  return { platform, market, completedBefore, paid: 0 };
}

export async function measureIpgV1(
  { target, pace, signal }: BenchContext,
  market: CountedMarket,
): Promise<ReportLine[]> {
  const openapi = await measureLoadCost(target.platform, () =>
    runCollections(target, { connections }, pace, signal),
  );
  const { url, publicKey, apiKey } = market.platform.sandboxJson.ipgV1;
  const plan = {
    ...buildPace(pace),
    requests: [buildCollection(url)],
    parties: ipgV1Parties,
    connections,
    paidStatus: 201,
    bearers: { kind: "reused", publicKey, secret: apiKey } as const,
  };
  const ipgV1 = await measureLoadCost(market.platform, () => runGenerator(plan, signal));
  market.paid += ipgV1.result.paid;
  const measured = [
    ["OpenAPI C2B", openapi],
    ["IPG v1 C2B", ipgV1],
  ] as const;
  return measured.flatMap(([name, { result: load, used }]) => [
    { row, label: `${name} at ${connections} connections`, value: load.perSecond, unit: "/s", load } as const,
    ...reportProcessorTime(row, `${name}: processor time`, load.paid, used),
  ]);
}

const buildCollection = (url: string): RequestTemplate => ({
  url: `${url}/ipg/v1x/c2bPayment/singleStage/`,
  headers: { Authorization: `Bearer ${placeholders.bearer}`, Origin: "*" },
  body: {
    input_TransactionReference: placeholders.transaction,
    input_CustomerMSISDN: mozambique.prefix + placeholders.msisdn,
    input_Amount: placeholders.amount,
    input_ThirdPartyReference: placeholders.reference,
    input_ServiceProviderCode: placeholders.shortcode,
  },
});
