/** Every call in every language. */
import type { SampleSource } from "../../samples.ts";
import { csharp } from "./csharp.ts";
import { curl } from "./curl.ts";
import { java } from "./java.ts";
import type { SampleLanguage } from "./language.ts";
import { php } from "./php.ts";
import { python } from "./python.ts";
import { sampleCalls } from "./sample-calls.ts";
import { typescriptSdk } from "./typescript-sdk.ts";
import { typescript } from "./typescript.ts";
import { getFolder } from "./values.ts";

export const languages: readonly SampleLanguage[] = [
  curl,
  typescriptSdk,
  typescript,
  python,
  php,
  java,
  csharp,
];

export const samples: SampleSource = {
  notes:
    "Each file is complete and calls the sandbox that data/sandbox.json describes, or the file that SANDBOX_JSON names.",
  render: () =>
    new Map(
      languages.flatMap((language) =>
        sampleCalls.map((call): [string, string] => {
          const text = language.render(call).replaceAll(`${getFolder(language.id)}/`, `${language.id}/`);
          return [`${language.id}/${language.fileName(call)}`, text];
        }),
      ),
    ),
};
