/** Inline markup in texts of the message catalogue, as HTML. Everything else in a text is escaped. */
import { html, type Html } from "../http/html.ts";

const markup = /`([^`]+)`|\*\*([^*]+)\*\*|\[([^\]]+)\]\((\/[^)]*)\)/g;

/** `` `code` ``, `**number**` for a number that stands out, and `[text](/path)` for a link on this server. */
export function renderInlineMarkup(text: string): Html {
  const parts: Html[] = [];
  let end = 0;
  for (const match of text.matchAll(markup)) {
    const [whole, code, number, label = "", path = ""] = match;
    parts.push(html`${text.slice(end, match.index)}`);
    if (code !== undefined) parts.push(html`<code>${code}</code>`);
    else if (number !== undefined) parts.push(html`<b class="number">${number}</b>`);
    else parts.push(html`<a href="${path}">${label}</a>`);
    end = match.index + whole.length;
  }
  return html`${parts}${text.slice(end)}`;
}
