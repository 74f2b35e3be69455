/** Pages with one thing to say: an error, a number that nobody has, a device that is not enrolled. */
import { html, type Html } from "../http/html.ts";
import { markets, type Market } from "../money.ts";
import { frame, spaced } from "./frame-html.ts";
import { registerForm } from "./register-html.ts";

function card(title: string, content: Html, script: string | null = null): Html {
  const body = html`<body class="plain">
    <main class="note-card">
      <span class="mark" aria-hidden="true">P</span>
      <h1>${title}</h1>
      ${content}
    </main>
  </body>`;
  return frame({ title, styles: ["pages"], script, body });
}

export function messagePage(title: string, message: string): Html {
  return card(
    title,
    html`<p>${message}</p>
      <p><a class="button quiet" href="/handset">All handsets</a></p>`,
  );
}

export function unknownNumberPage(market: Market, msisdn: string): Html {
  return card(
    "Nobody answers at this number",
    html`<p><b class="number">${spaced(msisdn)}</b> has no handset in ${markets[market].name}'s sandbox.</p>
      ${registerForm({ market, msisdn })}
      <p><a class="quiet-link" href="/handset">All handsets</a></p>`,
    "register",
  );
}

/** The same for every number: who has one is not told here. */
export function enrolPage({ market, msisdn }: { market: Market; msisdn: string }): Html {
  return card(
    "Enrol this device",
    html`<p>
        To use this device as the handset <b class="number">${spaced(msisdn)}</b>, type the secret that you
        were given for it. It works once.
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
