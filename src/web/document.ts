/** The frame of a document that the server renders: head, header, and the content. Documents have no scripts. */
import { html, type Html } from "../http/html.ts";
import { securityHeaders } from "../http/security-headers.ts";
import type { Words } from "../words/index.ts";
import { themePath } from "./look/serve.ts";

const policy = [
  "default-src 'none'",
  "style-src 'self'",
  "img-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** Headers of gateway routes must not contain quotes, as this policy does, so only documents have it. */
export const documentHeaders = {
  ...securityHeaders,
  "content-security-policy": policy,
  "content-type": "text/html; charset=utf-8",
} as const;

export interface DocumentOptions {
  readonly title: string;
  /** `system`, or the theme that the person chose. */
  readonly theme: string;
  readonly words: Words;
  readonly content: Html;
}

export const renderDocument = ({ title, theme, words, content }: DocumentOptions): Html =>
  html`<!doctype html>
    <html lang="${words.language}" data-theme="${theme}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        <link rel="icon" href="/handset/assets/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="${themePath}" />
      </head>
      <body>
        <a class="skip button strong" href="#main">${words.entrance.skip}</a>
        ${renderHeader(words)}
        <main class="document" id="main">${content}</main>
      </body>
    </html> `;

const renderHeader = ({ entrance }: Words): Html =>
  html`<header class="header">
    <a class="brand" href="/" aria-current="page"><span class="mark" aria-hidden="true">P</span>Pesarail</a>
    <nav class="top-nav" aria-label="Pesarail">
      <a href="/app">${entrance.workspace}</a>
      <a href="/handset" class="desk-only">${entrance.handsets}</a>
      <a href="/openapi.json" class="desk-only">${entrance.apiDescription}</a>
    </nav>
  </header>`;
