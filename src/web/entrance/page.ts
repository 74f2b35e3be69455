/** The HTML of the front page. */
import { html, type Html } from "../../http/html.ts";
import type { Words } from "../../words/index.ts";
import { renderInlineMarkup } from "../inline-markup.ts";
import { renderDocument } from "../document.ts";

export interface FrontPageData {
  /** `system`, or the theme that the person chose. */
  readonly theme: string;
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
  const content = html`<section class="stage">
      <h1>${entrance.lead}</h1>
      <p>${entrance.introduction}</p>
      <div class="row">
        <a class="button strong" href="/app">${entrance.openWorkspace}</a>
        <a class="button" href="/handset">${entrance.handsets}</a>
      </div>
      <p class="small">${entrance.running(data.version)}</p>
    </section>
    <nav class="doors" aria-label="${entrance.addresses}">
      <a class="door" href="/app">
        <h2>${entrance.workspace}</h2>
        <p>${entrance.workspaceText}</p>
      </a>
      <a class="door" href="/handset">
        <h2>${entrance.handsets}</h2>
        <p>${entrance.handsetsText}</p>
      </a>
      <a class="door" href="/openapi.json">
        <h2>${entrance.apiDescription}</h2>
        <p>${entrance.apiDescriptionText}</p>
      </a>
    </nav>
    ${renderFirstPayment(data, words)} ${renderAddresses(data, words)} ${renderFailures(data, words)}
    ${renderCalls(data, words)} ${renderCustomers(data, words)}
    <p class="muted small">${entrance.footer}</p>`;
  return renderDocument({ title: "Pesarail", theme: data.theme, words, content }).text;
}

function renderAddresses({ url }: FrontPageData, { entrance }: Words): Html {
  return html`<section class="card">
    <h2>${entrance.addresses}</h2>
    <dl>
      <dt>${entrance.sandboxGateway}</dt>
      <dd><code>${url}/sandbox/ipg/v2/<i>${entrance.market}</i>/…</code></dd>
      <dt>${entrance.liveGateway}</dt>
      <dd><code>${url}/openapi/ipg/v2/<i>${entrance.market}</i>/…</code></dd>
      <dt>${entrance.keys}</dt>
      <dd>${renderInlineMarkup(entrance.keysText)}</dd>
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
  return html`<section class="card">
    <h2>${entrance.firstPayment}</h2>
    <p>${lead}</p>
    <pre tabindex="0"><code># ${entrance.sealComment}
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
  return html`<section class="card">
    <h2>${entrance.failures}</h2>
    <p>${renderInlineMarkup(entrance.failuresLead)}</p>
    <pre tabindex="0"><code>CONTROL_TOKEN=$(node -p 'require("./data/sandbox.json").control.token')

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
  return html`<section class="card">
    <h2>${entrance.calls}</h2>
    <div class="table-wrap" tabindex="0" role="region" aria-label="${entrance.calls}">
      <table class="table">
        <thead>
          <tr>
            <th scope="col">${entrance.call}</th>
            <th scope="col">${entrance.callPath}</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>
  </section>`;
}

function renderCustomers({ url, markets, organisations }: FrontPageData, { entrance }: Words): Html {
  const items = organisations.map(({ shortcode, name }) => html`<li><code>${shortcode}</code> ${name}</li>`);
  return html`<section class="card">
    <h2>${entrance.customers}</h2>
    <p>${entrance.customersLead}</p>
    <ul class="stack close">
      ${items}
    </ul>
    <div class="market-cards">${markets.map((market) => renderMarketCard(market, url, entrance))}</div>
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
    <p class="muted small"><code>${url}/sandbox/ipg/v2/${market}/</code></p>
    <ul class="stack close">
      ${rows}
    </ul>
    <p class="muted small">${entrance.withHandset}</p>
    <ul class="stack close">
      ${handsets}
    </ul>
  </article> `;
}
