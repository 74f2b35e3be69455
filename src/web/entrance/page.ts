/** The HTML of the front page. */
import { html, raw, type Html } from "../../http/html.ts";
import type { Words } from "../../words/index.ts";
import { renderInlineMarkup } from "../inline-markup.ts";
import { styles } from "./styles.ts";

export interface FrontPageData {
  readonly version: string;
  /** The URL of this server, without a trailing slash. */
  readonly url: string;
  readonly organisations: readonly { readonly shortcode: string; readonly name: string }[];
  readonly calls: readonly { readonly title: string; readonly method: string; readonly path: string }[];
  readonly markets: readonly MarketData[];
}

export interface MarketData {
  readonly market: string;
  readonly name: string;
  readonly country: string;
  readonly currency: string;
  readonly customers: readonly CustomerData[];
  /** The customers with a handset. */
  readonly handsetCustomers: readonly (CustomerData & { readonly pin: string })[];
}

interface CustomerData {
  readonly msisdn: string;
  readonly firstName: string;
  readonly lastName: string;
}

export function renderPage(data: FrontPageData, words: Words): string {
  const { entrance } = words;
  return html`<!doctype html>
    <html lang="${words.language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>Pesarail</title>
        ${styleSheet}
      </head>
      <body>
        <header>
          <h1>Pesarail</h1>
          <p class="lead">${entrance.lead}</p>
          <p class="running"><span class="dot"></span>${entrance.running(data.version)}</p>
        </header>
        <main>
          <section>
            <p>${entrance.introduction}</p>
          </section>
          ${renderAddresses(data, words)} ${renderFirstPayment(data, words)} ${renderFailures(data, words)}
          ${renderCalls(data, words)} ${renderCustomers(data, words)}
        </main>
        <footer>${entrance.footer}</footer>
      </body>
    </html> `.text;
}

/** The content security policy has the hash of these exact bytes, so the tags must enclose only the styles. */
const styleSheet = raw(`<style>${styles}</style>`);

function renderAddresses({ url }: FrontPageData, { entrance }: Words): Html {
  return html`<section>
    <h2>${entrance.addresses}</h2>
    <dl>
      <dt>${entrance.sandboxGateway}</dt>
      <dd><code>${url}/sandbox/ipg/v2/<i>${entrance.market}</i>/…</code></dd>
      <dt>${entrance.liveGateway}</dt>
      <dd><code>${url}/openapi/ipg/v2/<i>${entrance.market}</i>/…</code></dd>
      <dt>${entrance.keys}</dt>
      <dd>${renderInlineMarkup(entrance.keysText)}</dd>
      <dt>${entrance.handsets}</dt>
      <dd>${renderInlineMarkup(entrance.handsetsText)}</dd>
      <dt>${entrance.apiDescription}</dt>
      <dd>${renderInlineMarkup(entrance.apiDescriptionText)}</dd>
      <dt>${entrance.controlApi}</dt>
      <dd>${renderInlineMarkup(entrance.controlApiText(`${url}/control/v1`))}</dd>
      <dt>${entrance.health}</dt>
      <dd>
        <a href="/health/ready">/health/ready</a>, <a href="/health/live">/health/live</a>,
        <a href="/metrics">/metrics</a>
      </dd>
    </dl>
  </section>`;
}

function renderFirstPayment({ url, markets, organisations }: FrontPageData, { entrance }: Words): Html {
  const example = markets[1] ?? markets[0];
  const [organisation] = organisations;
  const [payer] = example?.customers ?? [];
  if (example === undefined || organisation === undefined || payer === undefined) return html``;
  const base = `${url}/sandbox/ipg/v2/${example.market}`;
  const lead = entrance.firstPaymentLead({
    payer: payer.firstName,
    organisation: organisation.name,
    currency: example.currency,
  });
  return html`<section>
    <h2>${entrance.firstPayment}</h2>
    <p>${lead}</p>
    <pre><code># ${entrance.sealComment}
seal() { node -e '
  const crypto = require("crypto"), { openapi } = require("./data/sandbox.json");
  const der = Buffer.from(openapi.publicKey, "base64");
  const key = crypto.createPublicKey({ key: der, format: "der", type: "spki" });
  const padding = crypto.constants.RSA_PKCS1_PADDING;
  const text = Buffer.from(process.argv[1] || openapi.apiKey);
  console.log(crypto.publicEncrypt({ key, padding }, text).toString("base64"));
' "$@"; }

# ${entrance.sessionComment}
session=$(curl -s "${base}/getSession/" \\
  -H "Authorization: Bearer $(seal)" | sed 's/.*"output_SessionID":"\\([^"]*\\)".*/\\1/')

# ${entrance.payComment}
curl -s "${base}/c2bPayment/singleStage/" \\
  -H "Authorization: Bearer $(seal "$session")" -H "Content-Type: application/json" -d '{
    "input_Amount": "10.00",
    "input_CustomerMSISDN": "${payer.msisdn}",
    "input_Country": "${example.country}",
    "input_Currency": "${example.currency}",
    "input_ServiceProviderCode": "${organisation.shortcode}",
    "input_TransactionReference": "T12344C",
    "input_ThirdPartyConversationID": "first'$(date +%s)'",
    "input_PurchasedItemsDesc": "Shoes"
  }'</code></pre>
    <p>${renderInlineMarkup(entrance.firstPaymentResult)}</p>
  </section>`;
}

function renderFailures({ url }: FrontPageData, { entrance }: Words): Html {
  return html`<section>
    <h2>${entrance.failures}</h2>
    <p>${renderInlineMarkup(entrance.failuresLead)}</p>
    <pre><code>CONTROL_TOKEN=$(node -p 'require("./data/sandbox.json").control.token')

curl -s -X PATCH "${url}/control/v1/markets/vodacomTZN/customers/255750000001" \\
  -H "Authorization: Bearer $CONTROL_TOKEN" -d '{ "answer": "decline" }'

# ${entrance.lastRequestComment}
curl -s "${url}/control/v1/markets/vodacomTZN/requests?limit=1" \\
  -H "Authorization: Bearer $CONTROL_TOKEN"</code></pre>
  </section>`;
}

function renderCalls({ calls }: FrontPageData, { entrance }: Words): Html {
  const rows = calls.map(
    ({ title, method, path }) =>
      html`<tr>
        <td>${title}</td>
        <td><code>${method} ${path}/</code></td>
      </tr> `,
  );
  return html`<section>
    <h2>${entrance.calls}</h2>
    <div class="wide">
      <table>
        <thead>
          <tr>
            <th>${entrance.call}</th>
            <th>${entrance.callPath}</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>
    <p class="quiet">${entrance.portal}</p>
  </section>`;
}

function renderCustomers({ url, markets, organisations }: FrontPageData, { entrance }: Words): Html {
  const items = organisations.map(({ shortcode, name }) => html`<li><code>${shortcode}</code> ${name}</li>`);
  return html`<section>
    <h2>${entrance.customers}</h2>
    <p>${entrance.customersLead}</p>
    <ul class="plain">
      ${items}
    </ul>
    <div class="cards">${markets.map((market) => renderMarketCard(market, url, entrance))}</div>
  </section>`;
}

function renderMarketCard(
  { market, name, country, currency, customers, handsetCustomers }: MarketData,
  url: string,
  entrance: Words["entrance"],
): Html {
  const rows = customers.map(
    ({ msisdn, firstName, lastName }) => html`<li><code>${msisdn}</code> ${firstName} ${lastName}</li>`,
  );
  const handsets = handsetCustomers.map(
    ({ msisdn, firstName, lastName, pin }) =>
      html`<li>
        <a href="/handset/${market}/${msisdn}"><code>${msisdn}</code></a> ${firstName} ${lastName},
        ${entrance.handsetPin(pin)}
      </li>`,
  );
  return html`<article>
    <h3>${name}</h3>
    <p><code>${market}</code>, ${country}, ${currency}</p>
    <p class="quiet"><code>${url}/sandbox/ipg/v2/${market}/</code></p>
    <ul class="plain">
      ${rows}
    </ul>
    <p class="quiet">${entrance.withHandset}</p>
    <ul class="plain">
      ${handsets}
    </ul>
  </article> `;
}
