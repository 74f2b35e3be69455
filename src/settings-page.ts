/**
 * `docs/settings.md`, written from the table of settings.
 *
 * After changing the table: `node src/settings-page.ts > docs/settings.md`.
 */
import { settings } from "./config.ts";
import type { Setting } from "./config.ts";
import { markets } from "./money.ts";

const opening = `# Settings

Every setting is an environment variable. An empty one counts as not set. A setting that is wrong stops the
start with one line that names it. Times are written like \`90s\`, \`15m\`, \`24h\` or \`7d\`.

\`<market>\` stands for one of ${Object.keys(markets)
  .map((market) => `\`${market}\``)
  .join(", ")}.

<!-- Written from the table in src/config.ts by src/settings-page.ts; change it there. -->
`;

export function renderSettings(): string {
  return opening + Object.entries(settings).map(section).join("");
}

function section([name, setting]: [string, Setting<unknown>]): string {
  const byDefault = setting.byDefault === null ? "not set" : `\`${setting.byDefault}\``;
  return `
## \`${name}\`

${setting.means}

Default: ${setting.byDefault === "" ? "none" : byDefault}. ${setting.why}
`;
}

if (import.meta.main) process.stdout.write(renderSettings());
