/** The HTML of the front page. */
import { html, raw, type Html } from "../../http/html.ts";
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

export function renderPage(data: FrontPageData): string {
  return html`<!doctype html>
    <html lang="en">
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
          <p class="lead">A mobile-money platform with M-Pesa's APIs.</p>
          <p class="running"><span class="dot"></span>Running, version ${data.version}</p>
        </header>
        <main>
          ${introduction} ${renderAddresses(data)} ${renderFirstPayment(data)} ${renderFailures(data)}
          ${renderCalls(data)} ${renderCustomers(data)}
        </main>
        <footer>The sandbox uses test money. This page is public, so it shows no keys.</footer>
      </body>
    </html> `.text;
}

/** The content security policy has the hash of these exact bytes, so the tags must enclose only the styles. */
const styleSheet = raw(`<style>${styles}</style>`);

const introduction = html`<section>
  <p>
    The M-Pesa OpenAPI on your own machine: sessions, payments, mandates and reversals on a real double-entry
    ledger. A client for M-Pesa works here after changing its base URL and its keys. You can trigger every
    failure. The request log shows why each request got its response.
  </p>
</section>`;

function renderAddresses({ url }: FrontPageData): Html {
  return html`<section>
    <h2>Addresses</h2>
    <dl>
      <dt>Gateway, sandbox</dt>
      <dd><code>${url}/sandbox/ipg/v2/<i>market</i>/…</code></dd>
      <dt>Gateway, live</dt>
      <dd><code>${url}/openapi/ipg/v2/<i>market</i>/…</code></dd>
      <dt>Keys and customers</dt>
      <dd>
        <code>sandbox.json</code> in the server's data folder (<code>data</code> unless you set
        <code>DATA_DIR</code>): the API key, the public key, the control token
      </dd>
      <dt>Handsets</dt>
      <dd>
        <a href="/handset">/handset</a>: the handsets of the sandbox's customers, where you enter PINs; open
        several side by side
      </dd>
      <dt>API description</dt>
      <dd><a href="/openapi.json">/openapi.json</a>, OpenAPI 3.1: every call, parameter and code</dd>
      <dt>Control API</dt>
      <dd>
        <code>${url}/control/v1</code>: customers, money, prompt behaviour, applications and the request log,
        for tests and tools with the control token
      </dd>
      <dt>Health</dt>
      <dd>
        <a href="/health/ready">/health/ready</a>, <a href="/health/live">/health/live</a>,
        <a href="/metrics">/metrics</a>
      </dd>
    </dl>
  </section>`;
}

function renderFirstPayment({ url, markets, organisations }: FrontPageData): Html {
  const example = markets[1] ?? markets[0];
  const [organisation] = organisations;
  const [payer] = example?.customers ?? [];
  if (example === undefined || organisation === undefined || payer === undefined) return html``;
  const base = `${url}/sandbox/ipg/v2/${example.market}`;
  return html`<section>
    <h2>A first payment</h2>
    <p>
      ${payer.firstName} pays ${organisation.name} ten ${example.currency}. Run this in the folder where you
      started the server.
    </p>
    <pre><code># Encrypts a key (default: the API key) with the public key.
seal() { node -e '
  const crypto = require("crypto"), { openapi } = require("./data/sandbox.json");
  const der = Buffer.from(openapi.publicKey, "base64");
  const key = crypto.createPublicKey({ key: der, format: "der", type: "spki" });
  const padding = crypto.constants.RSA_PKCS1_PADDING;
  const text = Buffer.from(process.argv[1] || openapi.apiKey);
  console.log(crypto.publicEncrypt({ key, padding }, text).toString("base64"));
' "$@"; }

# Exchange the API key for a session key.
session=$(curl -s "${base}/getSession/" \\
  -H "Authorization: Bearer $(seal)" | sed 's/.*"output_SessionID":"\\([^"]*\\)".*/\\1/')

# Pay with the session key. Each payment needs a new conversation id.
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
    <p>The response is <code>INS-0</code> with a <code>TransactionID</code>, and the money has moved.</p>
  </section>`;
}

function renderFailures({ url }: FrontPageData): Html {
  return html`<section>
    <h2>Trigger a failure</h2>
    <p>
      A number of zeros selects the outcome: a payment from <code>000000000008</code> fails because the
      balance is too low, and one from <code>000000000002</code> times out. Or change the behaviour of a
      customer:
    </p>
    <pre><code>CONTROL_TOKEN=$(node -p 'require("./data/sandbox.json").control.token')

curl -s -X PATCH "${url}/control/v1/markets/vodacomTZN/customers/255750000001" \\
  -H "Authorization: Bearer $CONTROL_TOKEN" -d '{ "answer": "decline" }'

# Show the last request, and why it got its response.
curl -s "${url}/control/v1/markets/vodacomTZN/requests?limit=1" \\
  -H "Authorization: Bearer $CONTROL_TOKEN"</code></pre>
  </section>`;
}

function renderCalls({ calls }: FrontPageData): Html {
  const rows = calls.map(
    ({ title, method, path }) =>
      html`<tr>
        <td>${title}</td>
        <td><code>${method} ${path}/</code></td>
      </tr> `,
  );
  return html`<section>
    <h2>Supported calls</h2>
    <div class="wide">
      <table>
        <thead>
          <tr>
            <th>Call</th>
            <th>Path after the market's address</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>
    <p class="quiet">A portal will replace this page.</p>
  </section>`;
}

function renderCustomers({ url, markets, organisations }: FrontPageData): Html {
  const items = organisations.map(({ shortcode, name }) => html`<li><code>${shortcode}</code> ${name}</li>`);
  return html`<section>
    <h2>Markets and customers</h2>
    <p>
      Each market has its own currency and its own customers. They approve every prompt unless you change
      their behaviour; customers with a handset enter their PIN there. All markets have these organisations:
    </p>
    <ul class="plain">
      ${items}
    </ul>
    <div class="cards">${markets.map((market) => renderMarketCard(market, url))}</div>
  </section>`;
}

function renderMarketCard(
  { market, name, country, currency, customers, handsetCustomers }: MarketData,
  url: string,
): Html {
  const rows = customers.map(
    ({ msisdn, firstName, lastName }) => html`<li><code>${msisdn}</code> ${firstName} ${lastName}</li>`,
  );
  const handsets = handsetCustomers.map(
    ({ msisdn, firstName, lastName, pin }) =>
      html`<li>
        <a href="/handset/${market}/${msisdn}"><code>${msisdn}</code></a> ${firstName} ${lastName}, PIN ${pin}
      </li>`,
  );
  return html`<article>
    <h3>${name}</h3>
    <p><code>${market}</code>, ${country}, ${currency}</p>
    <p class="quiet"><code>${url}/sandbox/ipg/v2/${market}/</code></p>
    <ul class="plain">
      ${rows}
    </ul>
    <p class="quiet">With a handset:</p>
    <ul class="plain">
      ${handsets}
    </ul>
  </article> `;
}
