/** `/handset`: lists the sandbox's handsets by market, shows several side by side, and registers new numbers. */
import type { HandsetSummary } from "../../handset/handset-api.ts";
import { html, type Html } from "../../http/html.ts";
import { markets, type Market } from "../../core/markets.ts";
import { behaviourOptions } from "./behaviours.ts";
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

export function renderListPage(sections: readonly MarketSection[]): Html {
  const body = html`<body class="list" data-most="${String(maxOpenHandsets)}">
    <header class="list-top">
      <div>
        <h1>Handsets</h1>
        <p class="lead">
          The handsets of the sandbox's customers. Open up to ${formatCount(maxOpenHandsets)} side by side.
        </p>
      </div>
      <p class="list-actions">
        <a class="quiet-link" href="/">Front page</a>
        <button type="button" class="button strong" id="new-number">New number</button>
      </p>
    </header>
    <section class="board" id="board" aria-label="Open handsets" hidden></section>
    <p class="board-note" id="board-note" role="status"></p>
    <main class="markets">${sections.map(([market, handsets]) => renderMarket(market, handsets))}</main>
    <dialog class="new-number" id="register-dialog" aria-labelledby="register-title">
      <header class="dialog-top">
        <h2 id="register-title">A new test number</h2>
        <button type="button" class="close" id="register-close" aria-label="Close">×</button>
      </header>
      <p class="quiet">It gets a wallet with test money, and a handset that shows you each request.</p>
      ${renderRegisterForm({ market: null, msisdn: "" })}
    </dialog>
  </body>`;
  return renderLayout({ title: "Handsets · Pesarail", styles: ["pages"], script: "list", body });
}

const formatCount = (count: number): string => ["no", "one", "two", "three", "four"][count] ?? String(count);

function renderMarket(market: Market, handsets: readonly ListedHandset[]): Html {
  const { name, currency } = markets[market];
  const rows = handsets.map((handset) => renderHandsetRow(market, handset));
  return html`<section class="market" aria-labelledby="market-${market}">
    <header>
      <h2 id="market-${market}">${name}</h2>
      <p class="quiet"><code>${market}</code> · ${currency}</p>
    </header>
    ${
      rows.length === 0
        ? html`<p class="quiet">No handsets yet.</p>`
        : html`<ul class="handsets">
            ${rows}
          </ul>`
    }
  </section>`;
}

function renderHandsetRow(
  market: Market,
  { msisdn, firstName, lastName, behaviour, startPin }: ListedHandset,
): Html {
  const behaviourTitle =
    behaviourOptions.find((option) => option.behaviour === behaviour)?.title ?? behaviour;
  // Most handsets have the default, so it has no tag.
  const behaviourTag = behaviour === "ask" ? html`` : html`<span class="tag">${behaviourTitle}</span>`;
  const path = `/handset/${market}/${msisdn}`;
  return html`<li class="handset">
    <a class="handset-open" href="${path}">
      <span class="face" aria-hidden="true">${getInitial(firstName)}${getInitial(lastName)}</span>
      <span class="handset-who"
        ><b>${firstName} ${lastName}</b
        ><span class="number"
          >${formatMsisdn(msisdn)}${startPin === null ? "" : ` · PIN ${startPin}`}</span
        ></span
      >
    </a>
    ${behaviourTag}
    <button
      type="button"
      class="beside"
      data-path="${path}"
      data-who="${firstName} ${lastName}"
      aria-pressed="false"
      aria-label="Show ${firstName} ${lastName}, ${msisdn}, side by side"
    >
      <span aria-hidden="true"></span>
    </button>
  </li>`;
}

const getInitial = (text: string): string => /^./u.exec(text.trim())?.[0].toUpperCase() ?? "";
