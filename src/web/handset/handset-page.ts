/**
 * The page of one handset, with all its screens empty. Its script (`client/phone.js`) fills them from the state.
 *
 * The markup has no customer data, only the market and the number.
 */
import { html, type Html } from "../../http/html.ts";
import { markets, type Environment, type Market } from "../../core/markets.ts";
import { behaviourOptions } from "./behaviours.ts";
import { renderLayout } from "./layout.ts";
import { iconSymbols, renderIcon } from "./icons.ts";
import { ussdMenuCode } from "./ussd-menu.ts";

export interface HandsetPageOptions {
  readonly environment: Environment;
  readonly market: Market;
  readonly msisdn: string;
  /** The start PIN of a seed customer in the sandbox; null for others and in live. */
  readonly startPin: string | null;
}

export function renderHandsetPage({ environment, market, msisdn, startPin }: HandsetPageOptions): Html {
  const { name, timeZone, currency } = markets[market];
  const live = environment === "live";
  const base = `/handset/${live ? "live/" : ""}${market}/${msisdn}`;
  return renderLayout({
    title: `Handset ${msisdn}`,
    styles: ["phone", "screens", "dialogs"],
    script: "phone",
    body: html`<body
      data-base="${base}"
      data-msisdn="${msisdn}"
      data-operator="${name}"
      data-time-zone="${timeZone}"
      data-currency="${currency}"
      data-menu-code="${ussdMenuCode}"
      data-start-pin="${startPin ?? ""}"
    >
      ${iconSymbols}
      <noscript>
        <p class="no-script">This page needs JavaScript. All scripts come from this server.</p>
      </noscript>
      <div class="desk">
        <aside class="about" aria-label="About this handset">${renderHandsetInfo(live)}</aside>
        <main class="phone" id="phone" aria-label="Handset ${msisdn}">
          <div class="glass" id="glass">
            ${renderStatusBar(name)} ${renderLauncher(live)} ${inboxScreen} ${diallerScreen}
            ${live ? html`` : networkScreen} ${banner}
          </div>
          ${renderOffScreen(live)}
        </main>
      </div>
      ${promptDialog} ${ussdDialog}
      <div id="say" class="unseen" role="status" aria-live="polite"></div>
    </body>`,
  });
}

function renderHandsetInfo(live: boolean): Html {
  return html`<p class="about-kind">${live ? "Live handset" : "Sandbox handset"}</p>
    <h1 class="about-name" id="about-name">Handset</h1>
    <p class="about-number" id="about-number"></p>
    <p class="about-line" id="about-line"></p>
    <p class="about-link" id="link" role="status">Connecting …</p>
    ${live ? html`` : html`<p><a class="about-all" href="/handset" target="_top">All handsets</a></p>`}`;
}

function renderStatusBar(operator: string): Html {
  return html`<header class="bar" aria-label="Status bar">
    <time class="bar-time" id="bar-time">--:--</time>
    <span class="bar-frozen" id="bar-frozen" hidden>clock stopped</span>
    <span class="bar-operator">${operator}</span>
    <span class="bar-icons">
      <span id="signal" class="signal" role="img" aria-label="Signal"><i></i><i></i><i></i><i></i></span>
      <span class="battery" aria-hidden="true"></span>
    </span>
  </header>`;
}

function renderLauncher(live: boolean): Html {
  const renderApp = (id: string, label: string, name: string, badge: Html = html``): Html =>
    html`<button type="button" class="app" id="open-${id}">
      <span class="app-icon app-${id}">${renderIcon(name)}${badge}</span
      ><span class="app-label">${label}</span>
    </button>`;
  const badge = html`<span class="badge" id="unread" hidden></span>`;
  return html`<section class="screen home" id="home" aria-label="Home screen">
    <div class="home-clock" aria-hidden="true">
      <p class="home-time" id="home-time"></p>
      <p class="home-date" id="home-date"></p>
    </div>
    <p class="sim" id="sim"></p>
    <ul class="notices" id="notices" aria-label="Notifications"></ul>
    <nav class="dock" aria-label="Apps">
      ${renderApp("dialler", "Phone", "phone")} ${renderApp("inbox", "Messages", "message", badge)}
      ${renderApp("menu", "M-Pesa", "wallet")} ${live ? html`` : renderApp("network", "Network", "network")}
    </nav>
  </section>`;
}

const renderAppBar = (title: string): Html =>
  html`<header class="app-bar">
    <button type="button" class="back" data-home>
      ${renderIcon("back")}<span class="unseen">Back to the home screen</span>
    </button>
    <h2 tabindex="-1">${title}</h2>
  </header>`;

const inboxScreen = html`<section class="screen sheet" id="inbox" aria-label="Messages" hidden>
  ${renderAppBar("Messages")}
  <div class="sender">
    <span class="sender-face" aria-hidden="true">M</span>
    <p><b>M-PESA</b><br /><span id="inbox-count"></span></p>
  </div>
  <ol class="messages" id="messages" tabindex="0" aria-label="Messages, newest first"></ol>
  <p class="empty" id="no-messages">No messages yet. Receipts of payments arrive here.</p>
</section>`;

const dialKeys: readonly (readonly [string, string])[] = [
  ["1", ""],
  ["2", "ABC"],
  ["3", "DEF"],
  ["4", "GHI"],
  ["5", "JKL"],
  ["6", "MNO"],
  ["7", "PQRS"],
  ["8", "TUV"],
  ["9", "WXYZ"],
  ["*", ""],
  ["0", "+"],
  ["#", ""],
];

const spokenKeys: Readonly<Record<string, string>> = { "*": "star", "#": "hash" };

const diallerScreen = html`<section class="screen sheet" id="dialler" aria-label="Phone" hidden>
  ${renderAppBar("Phone")}
  <form class="dial" id="dial" autocomplete="off">
    <p class="dial-line">
      <label class="unseen" for="number">Code to dial</label>
      <input id="number" type="text" inputmode="none" maxlength="32" autocomplete="off" spellcheck="false" />
      <button type="button" class="erase" id="erase">
        ${renderIcon("erase")}<span class="unseen">Delete the last digit</span>
      </button>
    </p>
    <button type="button" class="chip" id="suggest"><b>${ussdMenuCode}</b> M-Pesa menu</button>
    <div class="keys">
      ${dialKeys.map(
        ([key, letters]) =>
          html`<button type="button" class="key" data-key="${key}" aria-label="${spokenKeys[key] ?? key}">
            <b>${key}</b><small aria-hidden="true">${letters}</small>
          </button>`,
      )}
    </div>
    <button type="submit" class="call">${renderIcon("phone")}<span class="unseen">Call</span></button>
  </form>
</section>`;

const slowSeconds = html`<p class="seconds" id="seconds-line" hidden>
  <label for="seconds">Seconds until it approves</label>
  <input id="seconds" type="number" inputmode="numeric" min="0" max="3600" step="1" />
</p>`;

const networkScreen = html`<section class="screen sheet" id="network" aria-label="Network" hidden>
  ${renderAppBar("Network")}
  <form class="network" id="network-form" autocomplete="off">
    <fieldset>
      <legend>How this handset answers a request</legend>
      ${behaviourOptions.map(
        ({ behaviour, title, description }) =>
          html`<label class="choice">
              <input
                type="radio"
                name="answer"
                value="${behaviour}"
                aria-labelledby="title-${behaviour}"
                aria-describedby="says-${behaviour}"
              />
              <span class="choice-text"
                ><b id="title-${behaviour}">${title}</b
                ><span id="says-${behaviour}">${description}</span></span
              >
            </label>
            ${behaviour === "slow" ? slowSeconds : html``}`,
      )}
    </fieldset>
    <p class="note" id="pin-note"></p>
    <p class="note"><a class="all" href="/handset" target="_top">All handsets</a></p>
  </form>
</section>`;

const banner = html`<button type="button" class="banner" id="banner" hidden>
  <span class="banner-face" aria-hidden="true">M</span>
  <span class="banner-text"><b>M-PESA</b><span id="banner-text"></span></span>
</button>`;

function renderOffScreen(live: boolean): Html {
  return html`<section class="off" id="off" aria-label="Switched off" hidden>
    ${
      live
        ? html`<p>This handset is switched off.</p>`
        : html`<button type="button" class="power" id="power">
            ${renderIcon("power")}<span>Switch on</span>
          </button>`
    }
  </section>`;
}

const promptDialog = html`<dialog
  class="card prompt"
  id="prompt"
  role="alertdialog"
  aria-labelledby="prompt-title"
  aria-describedby="prompt-about"
>
  <form id="prompt-form" method="dialog" autocomplete="off" novalidate>
    <header class="prompt-top">
      <p class="prompt-kind">
        <span class="mark" aria-hidden="true">M</span><span id="prompt-kind">M-Pesa</span>
      </p>
      <p class="countdown" id="countdown" aria-hidden="true"></p>
    </header>
    <div class="time-left" aria-hidden="true"><i id="time-left"></i></div>
    <div id="prompt-ask">
      <h2 class="prompt-title" id="prompt-title"></h2>
      <div id="prompt-about">
        <p class="prompt-amount" id="prompt-amount"></p>
        <dl class="facts" id="prompt-facts"></dl>
      </div>
      <div class="field" id="pin-field">
        <label for="pin">M-Pesa PIN</label>
        <input
          id="pin"
          type="password"
          inputmode="numeric"
          pattern="[0-9]*"
          minlength="4"
          maxlength="6"
          autocomplete="off"
          data-1p-ignore
          data-lpignore="true"
          aria-describedby="pin-error pin-help"
        />
        <p class="field-error" id="pin-error" role="alert"></p>
        <p class="field-help" id="pin-help"></p>
      </div>
    </div>
    <div class="outcome" id="prompt-outcome" hidden>
      <span class="outcome-mark" id="outcome-mark" aria-hidden="true"></span>
      <p class="outcome-text" id="outcome-text" tabindex="-1"></p>
      <p class="outcome-detail" id="outcome-detail"></p>
    </div>
    <p class="unseen" id="prompt-say" role="status" aria-live="polite"></p>
    <footer class="buttons">
      <button type="button" class="button quiet" id="prompt-cancel">Cancel</button>
      <button type="submit" class="button strong" id="prompt-send">Send</button>
      <button type="button" class="button strong" id="prompt-close" hidden>Close</button>
    </footer>
  </form>
</dialog>`;

const ussdDialog = html`<dialog class="card ussd" id="ussd" aria-label="USSD menu">
  <form id="ussd-form" method="dialog" autocomplete="off" novalidate>
    <p class="ussd-text" id="ussd-text" role="status" aria-live="polite" tabindex="-1"></p>
    <p class="field" id="ussd-field">
      <label class="unseen" id="ussd-label" for="ussd-input">Reply</label>
      <input
        id="ussd-input"
        type="text"
        inputmode="numeric"
        maxlength="20"
        autocomplete="off"
        spellcheck="false"
        data-1p-ignore
        data-lpignore="true"
        aria-describedby="ussd-text"
      />
    </p>
    <footer class="buttons">
      <button type="button" class="button quiet" id="ussd-cancel">Cancel</button>
      <button type="submit" class="button strong" id="ussd-send">Send</button>
    </footer>
  </form>
</dialog>`;
