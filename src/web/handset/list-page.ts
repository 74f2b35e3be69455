/** `/handset`: lists the sandbox's handsets by market, shows several side by side, and registers new numbers. */
import type { HandsetSummary } from "../../handset/handset-api.ts";
import { html, type Html } from "../../http/html.ts";
import { markets, type Market } from "../../core/markets.ts";
import type { Words } from "../../words/index.ts";
import { renderLayout, formatMsisdn } from "./layout.ts";
import { renderRegisterForm } from "./register-form.ts";

/**
 * Each open handset holds one connection for its event stream, and a browser opens at most six to a server. The other
 * two are for actions.
 */
export const maxOpenHandsets = 4;

/** `startPin`: the PIN of a seed customer; null for others. */
export type MarketSection = readonly [Market, readonly ListedHandset[]];

type ListedHandset = HandsetSummary & { readonly startPin: string | null };

export function renderListPage(sections: readonly MarketSection[], words: Words): Html {
  const { handsetList } = words;
  const body = html`<body class="list" data-most="${String(maxOpenHandsets)}">
    <header class="list-top">
      <div>
        <h1>${handsetList.heading}</h1>
        <p class="lead">${handsetList.lead(maxOpenHandsets)}</p>
      </div>
      <p class="list-actions">
        <a class="quiet-link" href="/">${handsetList.entrance}</a>
        <button type="button" class="button strong" id="new-number">${handsetList.newNumber}</button>
      </p>
    </header>
    <section class="board" id="board" aria-label="${handsetList.board}" hidden></section>
    <p class="board-note" id="board-note" role="status"></p>
    <main class="markets">
      ${sections.map(([market, handsets]) => renderMarket(market, handsets, words))}
    </main>
    <dialog class="new-number" id="register-dialog" aria-labelledby="register-title">
      <header class="dialog-top">
        <h2 id="register-title">${handsetList.registerTitle}</h2>
        <button type="button" class="close" id="register-close" aria-label="${handsetList.close}">×</button>
      </header>
      <p class="quiet">${handsetList.registerLead}</p>
      ${renderRegisterForm({ market: null, msisdn: "" }, words)}
    </dialog>
  </body>`;
  return renderLayout({
    language: words.language,
    title: handsetList.title,
    styles: ["pages"],
    script: "list",
    body,
  });
}

function renderMarket(market: Market, handsets: readonly ListedHandset[], words: Words): Html {
  const { name, currency } = markets[market];
  const rows = handsets.map((handset) => renderHandsetRow(market, handset, words));
  return html`<section class="market" aria-labelledby="market-${market}">
    <header>
      <h2 id="market-${market}">${name}</h2>
      <p class="quiet"><code>${market}</code> · ${currency}</p>
    </header>
    ${
      rows.length === 0
        ? html`<p class="quiet">${words.handsetList.noHandsets}</p>`
        : html`<ul class="handsets">
            ${rows}
          </ul>`
    }
  </section>`;
}

function renderHandsetRow(
  market: Market,
  { msisdn, firstName, lastName, behaviour, startPin }: ListedHandset,
  { handsetList, behaviours }: Words,
): Html {
  const name = `${firstName} ${lastName}`;
  const number = formatMsisdn(msisdn);
  // Most handsets have the default, so it has no tag.
  const behaviourTag =
    behaviour === "ask" ? html`` : html`<span class="tag">${behaviours[behaviour].title}</span>`;
  const path = `/handset/${market}/${msisdn}`;
  return html`<li class="handset">
    <a class="handset-open" href="${path}">
      <span class="face" aria-hidden="true">${getInitial(firstName)}${getInitial(lastName)}</span>
      <span class="handset-who"
        ><b>${name}</b
        ><span class="number"
          >${startPin === null ? number : handsetList.numberWithPin(number, startPin)}</span
        ></span
      >
    </a>
    ${behaviourTag}
    <button
      type="button"
      class="beside"
      data-path="${path}"
      data-who="${name}"
      aria-pressed="false"
      aria-label="${handsetList.toggleBeside(name, msisdn)}"
    >
      <span aria-hidden="true"></span>
    </button>
  </li>`;
}

const getInitial = (text: string): string => /^./u.exec(text.trim())?.[0].toUpperCase() ?? "";
