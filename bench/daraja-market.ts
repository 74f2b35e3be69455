/** Kenya's market of a server under test: parties, listeners with registered URLs, and a token. */
import { constants, createPublicKey, publicEncrypt } from "node:crypto";
import type { Listeners } from "./child-process.ts";
import { callControl, countCompletedPayments, createParties, listShortcodes } from "./control.ts";
import { kenya, type DarajaAccess } from "./daraja-requests.ts";
import type { LnmoAccess, SoapAccess } from "./soap-requests.ts";
import type { CountedMarket } from "./load-run.ts";
import type { Parties } from "./payments.ts";
import type { BenchServer, SandboxJson } from "./platform.ts";

/** As many as in the OpenAPI market: ninety thousand customers, a hundred organisations for each kind of call. */
export const darajaParties: Parties = {
  firstMsisdn: 710_000_001,
  customers: 90_000,
  firstShortcode: 100_001,
  organisations: 100,
};

/** Other organisations, which have registered URLs: an STK push to them would owe two callbacks. */
export const confirmedParties: Parties = { ...darajaParties, firstShortcode: 100_101 };

const allParties: Parties = { ...darajaParties, organisations: 200 };

const initiator = { name: "bench", password: "Bench-password-1" } as const;

/** More than an organisation pays out in a run. */
const openingBalance = "10000000.00";

export interface DarajaMarket extends CountedMarket {
  readonly access: DarajaAccess;
  readonly soap: SoapAccess;
  readonly lnmo: LnmoAccess;
}

/** Creates the parties. Validation is off, as it is for a new shortcode. */
export async function createDarajaMarket(platform: BenchServer, signal: AbortSignal): Promise<DarajaMarket> {
  const { sandboxJson: sandbox } = platform;
  const { daraja } = sandbox;
  const market = kenya.name;
  await createParties(
    sandbox,
    {
      market,
      prefix: kenya.prefix,
      parties: allParties,
      products: ["darajaExpress", "darajaB2c", "soapLnmo"],
    },
    signal,
  );
  for (const shortcode of listShortcodes(darajaParties)) {
    const params = { market, shortcode };
    await callControl(sandbox, signal, "POST /markets/{market}/organisations/{shortcode}/top-up", {
      params,
      body: { amount: openingBalance, account: "utility" },
    });
    await callControl(sandbox, signal, "POST /markets/{market}/organisations/{shortcode}/operators", {
      params,
      body: { username: initiator.name, roles: ["b2c"], password: initiator.password },
    });
  }
  const access: DarajaAccess = {
    url: daraja.url,
    token: await requestToken(sandbox, signal),
    passkey: daraja.passkey,
    initiator: {
      name: initiator.name,
      credential: encryptPassword(daraja.certificate, initiator.password),
    },
  };
  const { url, lnmo: lnmoKeys, ...keys } = sandbox.soap;
  const { name: initiatorName, credential: securityCredential } = access.initiator;
  const soap: SoapAccess = { url, keys: { ...keys, initiatorName, securityCredential } };
  const completedBefore = await countCompletedPayments(sandbox, market, signal);
  return { platform, market, access, soap, lnmo: { url, keys: lnmoKeys }, completedBefore, paid: 0 };
}

function encryptPassword(certificate: string, password: string): string {
  const key = createPublicKey(certificate);
  return publicEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, Buffer.from(password)).toString(
    "base64",
  );
}

async function requestToken({ daraja }: SandboxJson, signal: AbortSignal): Promise<string> {
  const basic = Buffer.from(`${daraja.consumerKey}:${daraja.consumerSecret}`).toString("base64");
  const response = await fetch(`${daraja.url}/oauth/v1/generate?grant_type=client_credentials`, {
    headers: { Authorization: `Basic ${basic}` },
    signal,
  });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`OAuth returned ${response.status}: ${text}`);
  const { access_token: token }: { access_token: string } = JSON.parse(text);
  return token;
}

/** Registers the listeners' URLs for the confirmations of `confirmedParties`. */
export async function registerConfirmationUrls(
  { access }: DarajaMarket,
  { urls }: Pick<Listeners, "urls">,
  signal: AbortSignal,
): Promise<void> {
  for (const [index, shortcode] of listShortcodes(confirmedParties).entries()) {
    const response = await fetch(`${access.url}/mpesa/c2b/v2/registerurl`, {
      method: "POST",
      headers: { Authorization: `Bearer ${access.token}`, "Content-Type": "application/json" },
      body: JSON.stringify({
        ShortCode: shortcode,
        ResponseType: "Completed",
        ConfirmationURL: urls[index % urls.length],
      }),
      signal,
    });
    if (response.status !== 200)
      throw new Error(`registerurl returned ${response.status}: ${await response.text()}`);
  }
}
