/** The pages of the mailbox. Mails are shown as their text, with links; their HTML is never part of a page. */
import { html, raw, type Html } from "../../http/html.ts";
import type { StoredMail } from "../../mail/mailer.ts";
import type { Words } from "../../words/index.ts";
import { renderInlineMarkup } from "../inline-markup.ts";

/** The colours and sizes of `web/look`, which has no build for pages without scripts. */
export const styles = `
:root {
  color-scheme: light dark;
  --page: light-dark(#eceae4, #0e1113); --surface: light-dark(#fff, #181d20); --hover: light-dark(#f0eee8, #2b3236);
  --text: light-dark(#1d211c, #e9ebe8); --muted: light-dark(#565b52, #a7aea8);
  --line: light-dark(#ebe8e0, #2a3135); --accent: light-dark(#17694a, #6fd3a5);
}
:root[data-theme="light"] { color-scheme: light; }
:root[data-theme="dark"] { color-scheme: dark; }
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--text); overflow-wrap: anywhere;
  font: 0.875rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Open Sans", sans-serif;
}
main { width: min(46rem, 100%); margin: 0 auto; padding: 2.5rem 1rem 4rem; display: grid; gap: 1rem; }
h1 { margin: 0; font-size: 1.75rem; line-height: 1.2; letter-spacing: -0.02em; }
p { margin: 0; }
a { color: var(--accent); }
a:focus-visible { outline: 3px solid light-dark(#0b50bd, #a8c7fa); outline-offset: 2px; border-radius: 7px; }
.muted { color: var(--muted); }
.card { background: var(--surface); border-radius: 20px; overflow: hidden; }
.list { margin: 0; padding: 0; list-style: none; }
.list li + li { border-top: 1px solid var(--line); }
.list a { display: grid; gap: 0.15rem; padding: 0.85rem 1.25rem; color: inherit; text-decoration: none; min-height: 44px; }
.list a:hover { background: var(--hover); }
.list b { font-weight: 600; }
.body { padding: 1.25rem; white-space: pre-wrap; font-size: 1rem; }
.top { display: flex; flex-wrap: wrap; gap: 0.5rem 1rem; justify-content: space-between; align-items: end; }
code { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: 0.92em; }
`;

/** In one piece, because the policy has the hash of exactly this text. */
const styleElement = raw(`<style>${styles}</style>`);

/** What a page needs besides its content: texts, and the theme that the person chose in the workspace. */
export interface PageOptions {
  readonly words: Words;
  readonly theme: string | null;
}

function renderPage(
  title: string,
  content: Html,
  { words: { language, mailbox }, theme }: PageOptions,
): Html {
  return html`<!doctype html>
    <html lang="${language}" data-theme="${theme ?? "system"}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} · Pesarail</title>
        ${styleElement}
      </head>
      <body>
        <main>
          <div class="top">
            <h1>${title}</h1>
            <a href="/app">${mailbox.workspace}</a>
          </div>
          ${content}
        </main>
      </body>
    </html>`;
}

export function renderMailbox(mails: readonly StoredMail[], options: PageOptions): Html {
  const { mailbox } = options.words;
  const list =
    mails.length === 0
      ? html`<p class="card body">${mailbox.empty}</p>`
      : html`<ul class="card list">
          ${mails.map(
            ({ id, to, subject, createdAt }) =>
              html`<li>
                <a href="/mailbox/${id.toString()}">
                  <b>${subject}</b>
                  <span class="muted">${mailbox.to(to)} · ${formatTime(createdAt)}</span>
                </a>
              </li>`,
          )}
        </ul>`;
  return renderPage(
    mailbox.title,
    html`<p class="muted">${renderInlineMarkup(mailbox.help)}</p>
      ${list}`,
    options,
  );
}

export function renderMailPage({ to, subject, text, createdAt }: StoredMail, options: PageOptions): Html {
  const { mailbox } = options.words;
  return renderPage(
    subject,
    html`<p class="muted">${mailbox.to(to)} · ${formatTime(createdAt)}</p>
      <div class="card body">${linkAddresses(text)}</div>
      <p><a href="/mailbox">${mailbox.back}</a></p>`,
    options,
  );
}

export const renderNoMailbox = (options: PageOptions): Html =>
  renderPage(
    options.words.mailbox.title,
    html`<p class="card body">${options.words.mailbox.notHere}</p>`,
    options,
  );

/** Our own mails have links of this server alone; whatever else a name contains stays text. */
function linkAddresses(text: string): Html {
  const parts: Html[] = [];
  let end = 0;
  for (const match of text.matchAll(/^https?:\/\/[^\s<>"]+\/app[^\s<>"]*$/gm)) {
    parts.push(html`${text.slice(end, match.index)}<a href="${match[0]}">${match[0]}</a>`);
    end = match.index + match[0].length;
  }
  return html`${parts}${text.slice(end)}`;
}

/** UTC, because the server does not know where the reader is. */
const formatTime = (at: Date): string => `${at.toISOString().slice(0, 16).replace("T", " ")} UTC`;
