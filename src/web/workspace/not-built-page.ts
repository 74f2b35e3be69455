/** The page of a server that runs from a clone whose workspace was not built. */
import { html, type Html } from "../../http/html.ts";
import type { Words } from "../../words/index.ts";
import { renderInlineMarkup } from "../inline-markup.ts";

export const renderNotBuiltPage = ({ language, workspaceDocument }: Words): Html =>
  html`<!doctype html>
    <html lang="${language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Pesarail</title>
      </head>
      <body>
        <h1>${workspaceDocument.notBuilt}</h1>
        <p>${renderInlineMarkup(workspaceDocument.notBuiltHelp)}</p>
      </body>
    </html>`;
