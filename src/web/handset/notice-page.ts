/** Simple pages: an error, a number without a handset, a device that is not enrolled. */
import { html, type Html } from "../../http/html.ts";
import { markets, type Market } from "../../core/markets.ts";
import { renderLayout, formatMsisdn } from "./layout.ts";
import { renderRegisterForm } from "./register-form.ts";

function renderCard(title: string, content: Html, script: string | null = null): Html {
  const body = html`<body class="plain">
    <main class="note-card">
      <span class="mark" aria-hidden="true">P</span>
      <h1>${title}</h1>
      ${content}
    </main>
  </body>`;
  return renderLayout({ title, styles: ["pages"], script, body });
}

export function renderNoticePage(title: string, message: string): Html {
  return renderCard(
    title,
    html`<p>${message}</p>
      <p><a class="button quiet" href="/handset">All handsets</a></p>`,
  );
}

export function renderUnknownNumberPage(market: Market, msisdn: string): Html {
  return renderCard(
    "No handset has this number",
    html`<p>
        <b class="number">${formatMsisdn(msisdn)}</b> has no handset in ${markets[market].name}'s sandbox.
        Register it here:
      </p>
      ${renderRegisterForm({ market, msisdn })}
      <p><a class="quiet-link" href="/handset">All handsets</a></p>`,
    "register",
  );
}

/** The same for every number, so that it does not disclose which numbers exist. */
export function renderEnrolPage({ market, msisdn }: { market: Market; msisdn: string }): Html {
  return renderCard(
    "Enrol this device",
    html`<p>
        To use this device as the handset <b class="number">${formatMsisdn(msisdn)}</b>, type the secret that
        you were given for it. It works once.
      </p>
      <form
        class="form"
        id="enrol"
        data-base="/handset/live/${market}/${msisdn}"
        autocomplete="off"
        novalidate
      >
        <p class="form-row">
          <label for="secret">Enrolment secret</label>
          <input id="secret" type="password" maxlength="200" autocomplete="off" spellcheck="false" required />
        </p>
        <p class="form-error" id="enrol-error" role="alert"></p>
        <p><button type="submit" class="button strong">Enrol</button></p>
      </form>`,
    "enrol",
  );
}
