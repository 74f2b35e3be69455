/** The HTML layout of the handset pages. */
import { html, type Html } from "../../http/html.ts";

export interface LayoutOptions {
  readonly language: string;
  readonly title: string;
  /** Names of files in `client`, without extension. */
  readonly styles: readonly string[];
  readonly script: string | null;
  readonly body: Html;
}

export function renderLayout({ language, title, styles, script, body }: LayoutOptions): Html {
  return html`<!doctype html>
    <html lang="${language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
        <meta name="robots" content="noindex" />
        <meta name="color-scheme" content="light dark" />
        <meta name="theme-color" content="#10231b" />
        <title>${title}</title>
        <link rel="icon" href="/handset/assets/icon.svg" type="image/svg+xml" />
        ${["base", ...styles].map(
          (name) => html`<link rel="stylesheet" href="/handset/assets/${name}.css" /> `,
        )}
        ${script === null ? html`` : html`<script type="module" src="/handset/assets/${language}/${script}.js"></script>`}
      </head>
      ${body}
    </html>`;
}

/** Formats `255750000101` in groups: `+255 750 000 101`, `+266 5000 0101`. */
export function formatMsisdn(msisdn: string): string {
  const subscriberNumber = msisdn.slice(3);
  const groups = subscriberNumber.match(subscriberNumber.length % 4 === 0 ? /\d{4}/g : /\d{1,3}/g) ?? [];
  return `+${msisdn.slice(0, 3)} ${groups.join(" ")}`;
}
