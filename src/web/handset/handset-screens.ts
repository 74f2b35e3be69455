/** The screens of a handset: home, messages, dialler, network, switched off; and the banner of a new message. */
import { html, type Html } from "../../http/html.ts";
import type { Words } from "../../words/index.ts";
import { behaviours } from "./behaviours.ts";
import { renderIcon } from "./icons.ts";

export function renderLauncher(live: boolean, { handsetPage }: Words): Html {
  const renderApp = (id: string, label: string, name: string, badge: Html = html``): Html =>
    html`<button type="button" class="app" id="open-${id}">
      <span class="app-icon app-${id}">${renderIcon(name)}${badge}</span
      ><span class="app-label">${label}</span>
    </button>`;
  const badge = html`<span class="badge" id="unread" hidden></span>`;
  return html`<section class="screen home" id="home" aria-label="${handsetPage.launcher}">
    <div class="home-clock" aria-hidden="true">
      <p class="home-time" id="home-time"></p>
      <p class="home-date" id="home-date"></p>
    </div>
    <p class="sim" id="sim"></p>
    <ul class="notices" id="notices" aria-label="${handsetPage.notifications}"></ul>
    <nav class="dock" aria-label="${handsetPage.apps}">
      ${renderApp("dialler", handsetPage.phoneApp, "phone")}
      ${renderApp("inbox", handsetPage.messagesApp, "message", badge)}
      ${renderApp("menu", handsetPage.menuApp, "wallet")}
      ${live ? html`` : renderApp("network", handsetPage.networkApp, "network")}
    </nav>
  </section>`;
}

const renderAppBar = (title: string, handsetPage: Words["handsetPage"]): Html =>
  html`<header class="app-bar">
    <button type="button" class="back" data-home>
      ${renderIcon("back")}<span class="unseen">${handsetPage.backToLauncher}</span>
    </button>
    <h2 tabindex="-1">${title}</h2>
  </header>`;

export const renderInbox = ({ handsetPage }: Words): Html =>
  html`<section class="screen sheet" id="inbox" aria-label="${handsetPage.messagesApp}" hidden>
    ${renderAppBar(handsetPage.messagesApp, handsetPage)}
    <div class="sender">
      <span class="sender-face" aria-hidden="true">M</span>
      <p><b>${handsetPage.sender}</b><br /><span id="inbox-count"></span></p>
    </div>
    <ol class="messages" id="messages" tabindex="0" aria-label="${handsetPage.messagesNewestFirst}"></ol>
    <p class="empty" id="no-messages">${handsetPage.noMessages}</p>
  </section>`;

/** The letters on the keys are the same in every language. */
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

function getKeyName(key: string, handsetPage: Words["handsetPage"]): string {
  if (key === "*") return handsetPage.starKey;
  return key === "#" ? handsetPage.hashKey : key;
}

/** `menuCode` is the code of the market's menu. */
export const renderDialler = (menuCode: string, { handsetPage }: Words): Html =>
  html`<section class="screen sheet" id="dialler" aria-label="${handsetPage.phoneApp}" hidden>
    ${renderAppBar(handsetPage.phoneApp, handsetPage)}
    <form class="dial" id="dial" autocomplete="off">
      <p class="dial-line">
        <label class="unseen" for="number">${handsetPage.codeToDial}</label>
        <input
          id="number"
          type="text"
          inputmode="none"
          maxlength="32"
          autocomplete="off"
          spellcheck="false"
        />
        <button type="button" class="erase" id="erase">
          ${renderIcon("erase")}<span class="unseen">${handsetPage.deleteLastDigit}</span>
        </button>
      </p>
      <button type="button" class="chip" id="suggest"><b>${menuCode}</b> ${handsetPage.menuChip}</button>
      <div class="keys">
        ${dialKeys.map(
          ([key, letters]) =>
            html`<button
              type="button"
              class="key"
              data-key="${key}"
              aria-label="${getKeyName(key, handsetPage)}"
            >
              <b>${key}</b><small aria-hidden="true">${letters}</small>
            </button>`,
        )}
      </div>
      <button type="submit" class="call">
        ${renderIcon("phone")}<span class="unseen">${handsetPage.call}</span>
      </button>
    </form>
  </section>`;

const renderSlowSeconds = ({ handsetPage }: Words): Html =>
  html`<p class="seconds" id="seconds-line" hidden>
    <label for="seconds">${handsetPage.secondsUntilApproval}</label>
    <input id="seconds" type="number" inputmode="numeric" min="0" max="3600" step="1" />
  </p>`;

export const renderNetwork = (words: Words): Html =>
  html`<section class="screen sheet" id="network" aria-label="${words.handsetPage.networkApp}" hidden>
    ${renderAppBar(words.handsetPage.networkApp, words.handsetPage)}
    <form class="network" id="network-form" autocomplete="off">
      <fieldset>
        <legend>${words.handsetPage.behaviourLegend}</legend>
        ${behaviours.map(
          (behaviour) =>
            html`<label class="choice">
                <input
                  type="radio"
                  name="answer"
                  value="${behaviour}"
                  aria-labelledby="title-${behaviour}"
                  aria-describedby="says-${behaviour}"
                />
                <span class="choice-text"
                  ><b id="title-${behaviour}">${words.behaviours[behaviour].title}</b
                  ><span id="says-${behaviour}">${words.behaviours[behaviour].description}</span></span
                >
              </label>
              ${behaviour === "slow" ? renderSlowSeconds(words) : html``}`,
        )}
      </fieldset>
      <p class="note" id="pin-note"></p>
      <p class="note"><a class="all" href="/handset" target="_top">${words.handsetPage.allHandsets}</a></p>
    </form>
  </section>`;

export const renderBanner = ({ handsetPage }: Words): Html =>
  html`<button type="button" class="banner" id="banner" hidden>
    <span class="banner-face" aria-hidden="true">M</span>
    <span class="banner-text"><b>${handsetPage.sender}</b><span id="banner-text"></span></span>
  </button>`;

export function renderOffScreen(live: boolean, { handsetPage }: Words): Html {
  return html`<section class="off" id="off" aria-label="${handsetPage.switchedOff}" hidden>
    ${
      live
        ? html`<p>${handsetPage.isSwitchedOff}</p>`
        : html`<button type="button" class="power" id="power">
            ${renderIcon("power")}<span>${handsetPage.switchOn}</span>
          </button>`
    }
  </section>`;
}
