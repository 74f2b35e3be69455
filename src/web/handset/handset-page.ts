/**
 * The page of one handset, with all its screens empty. Its script (`client/phone.js`) fills them from the state.
 *
 * The markup has no customer data, only the market and the number.
 */
import { html, type Html } from "../../http/html.ts";
import { getMoneyPrefix, markets, type Environment, type Market } from "../../core/markets.ts";
import type { Words } from "../../words/index.ts";
import { renderLayout } from "./layout.ts";
import { renderPromptDialog, renderUssdDialog } from "./handset-dialogs.ts";
import {
  renderBanner,
  renderDialler,
  renderInbox,
  renderLauncher,
  renderNetwork,
  renderOffScreen,
} from "./handset-screens.ts";
import { iconSymbols } from "./icons.ts";
import { getUssdMenuCode } from "./ussd-menu.ts";

export interface HandsetPageOptions {
  readonly environment: Environment;
  readonly market: Market;
  readonly msisdn: string;
  /** The start PIN of a seed customer in the sandbox; null for others and in live. */
  readonly startPin: string | null;
}

export function renderHandsetPage(
  { environment, market, msisdn, startPin }: HandsetPageOptions,
  words: Words,
): Html {
  const { handsetPage } = words;
  const { name, timeZone } = markets[market];
  const live = environment === "live";
  const base = `/handset/${live ? "live/" : ""}${market}/${msisdn}`;
  return renderLayout({
    language: words.language,
    title: handsetPage.title(msisdn),
    styles: ["phone", "screens", "dialogs"],
    script: "phone",
    body: html`<body
      data-base="${base}"
      data-msisdn="${msisdn}"
      data-operator="${name}"
      data-time-zone="${timeZone}"
      data-money-prefix="${getMoneyPrefix(market)}"
      data-menu-code="${getUssdMenuCode(market)}"
      data-start-pin="${startPin ?? ""}"
    >
      ${iconSymbols}
      <noscript>
        <p class="no-script">${handsetPage.needsScripts}</p>
      </noscript>
      <div class="desk">
        <aside class="about" aria-label="${handsetPage.info}">${renderHandsetInfo(live, words)}</aside>
        <main class="phone" id="phone" aria-label="${handsetPage.title(msisdn)}">
          <div class="glass" id="glass">
            ${renderStatusBar(name, words)} ${renderLauncher(live, words)} ${renderInbox(words)}
            ${renderDialler(getUssdMenuCode(market), words)} ${live ? html`` : renderNetwork(words)}
            ${renderBanner(words)}
          </div>
          ${renderOffScreen(live, words)}
        </main>
      </div>
      ${renderPromptDialog(words)} ${renderUssdDialog(words)}
      <div id="say" class="unseen" role="status" aria-live="polite"></div>
    </body>`,
  });
}

function renderHandsetInfo(live: boolean, { handsetPage }: Words): Html {
  return html`<p class="about-kind">${live ? handsetPage.liveHandset : handsetPage.sandboxHandset}</p>
    <h1 class="about-name" id="about-name">${handsetPage.handset}</h1>
    <p class="about-number" id="about-number"></p>
    <p class="about-line" id="about-line"></p>
    <p class="about-link" id="link" role="status">${handsetPage.connecting}</p>
    ${live ? html`` : html`<p><a class="about-all" href="/handset" target="_top">${handsetPage.allHandsets}</a></p>`}`;
}

function renderStatusBar(operator: string, { handsetPage }: Words): Html {
  return html`<header class="bar" aria-label="${handsetPage.statusBar}">
    <time class="bar-time" id="bar-time">--:--</time>
    <span class="bar-frozen" id="bar-frozen" hidden>${handsetPage.clockStopped}</span>
    <span class="bar-operator">${operator}</span>
    <span class="bar-icons">
      <span id="signal" class="signal" role="img" aria-label="${handsetPage.signal}"
        ><i></i><i></i><i></i><i></i
      ></span>
      <span class="battery" aria-hidden="true"></span>
    </span>
  </header>`;
}
