/**
 * Generates `docs/settings.md` from the table of settings.
 *
 * After changing the table: `node tools/docs/settings.ts > docs/settings.md`.
 */
import type { Setting } from "../../src/config/setting.ts";
import { settings } from "../../src/config/settings.ts";
import { markets } from "../../src/core/markets.ts";

const header = `# Settings

Every setting is an environment variable. An empty one counts as not set. With an invalid setting the server does not
start, and prints one line that names it. Write times like \`90s\`, \`15m\`, \`24h\` or \`7d\`.

\`<market>\` is one of ${Object.keys(markets)
  .map((market) => `\`${market}\``)
  .join(", ")}.

<!-- Generated from the table in src/config/settings.ts by tools/docs/settings.ts; change it there. -->
`;

export function renderSettings(): string {
  return header + Object.entries(settings).map(renderSection).join("");
}

function renderSection([name, setting]: [string, Setting<unknown>]): string {
  const defaultText = setting.default === null ? "not set" : `\`${setting.default}\``;
  return `
## \`${name}\`

${setting.description}

Default: ${setting.default === "" ? "none" : defaultText}. ${setting.rationale}
`;
}

if (import.meta.main) process.stdout.write(renderSettings());
