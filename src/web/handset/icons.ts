/** Icons of the handset, as SVG symbols that the markup refers to. */
import { html, raw, type Html } from "../../http/html.ts";

const iconPaths = {
  phone:
    '<path d="M6.6 3.5h2.6l1.6 4.2-2 1.6a12 12 0 0 0 5.9 5.9l1.6-2 4.2 1.6v2.6a2 2 0 0 1-2.2 2A16.3 16.3 0 0 1 4.6 5.7a2 2 0 0 1 2-2.2Z"/>',
  message:
    '<path d="M5 4.5h14a1.8 1.8 0 0 1 1.8 1.8v8.9A1.8 1.8 0 0 1 19 17h-7.4L7 20.5V17H5a1.8 1.8 0 0 1-1.8-1.8V6.3A1.8 1.8 0 0 1 5 4.5Z"/><path d="M7.5 9h9M7.5 12.5h5.5"/>',
  wallet:
    '<path d="M4 7.5A2.5 2.5 0 0 1 6.5 5H17v3"/><path d="M4 7.500V17a2.5 2.5 0 0 0 2.5 2.500H20V8H6"/><path d="M16 13.700h.01" stroke-width="2.6"/>',
  network: '<path d="M4 19v-3M9.3 19v-6.500M14.7 19V9M20 19V5"/>',
  back: '<path d="M14.5 5.5 8 12l6.5 6.5"/>',
  erase: '<path d="M9 6h10.500v12H9l-5.5-6Z"/><path d="m12 9.8 4.4 4.400m0-4.400L12 14.2"/>',
  power: '<path d="M12 3.500V12"/><path d="M7 6.300a8 8 0 1 0 10 0"/>',
} as const;

export const iconSymbols = raw(
  `<svg width="0" height="0" aria-hidden="true" class="unseen">${Object.entries(iconPaths)
    .map(([name, paths]) => `<symbol id="i-${name}" viewBox="0 0 24 24">${paths}</symbol>`)
    .join("")}</svg>`,
);

export const renderIcon = (name: string): Html =>
  html`<svg class="icon" aria-hidden="true"><use href="#i-${name}"></use></svg>`;
