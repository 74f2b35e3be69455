/** Writes the samples: every call in every language. */
import { join } from "node:path";
import type { SampleSource } from "../../samples/sample-source.ts";
import { writeFiles } from "../../samples/write-files.ts";
import { csharp } from "./csharp.ts";
import { curl } from "./curl.ts";
import { java } from "./java.ts";
import type { SampleLanguage } from "./language.ts";
import { php } from "./php.ts";
import { python } from "./python.ts";
import { sampleCalls, type SampleCall } from "./sample-calls.ts";
import { typescriptSdk } from "./typescript-sdk.ts";
import { typescript } from "./typescript.ts";

export const languages: readonly SampleLanguage[] = [
  curl,
  typescriptSdk,
  typescript,
  python,
  php,
  java,
  csharp,
];

/** A sample as a file. */
export interface Sample {
  readonly language: SampleLanguage;
  readonly call: SampleCall;
  /** `<directory>/<language>/<file>`. */
  readonly path: string;
  readonly text: string;
}

/** Every sample, as it is in a directory. */
export const renderSamples = (directory: string): Sample[] =>
  languages.flatMap((language) =>
    sampleCalls.map((call) => {
      const path = join(directory, language.id, language.fileName(call));
      return { language, call, path, text: language.render(call, path) };
    }),
  );

/** Writes every sample into a directory, and creates it if necessary. Replaces older samples. Returns the paths. */
export const writeSamples = (directory: string): string[] => writeFiles(renderSamples(directory));

export const samples: SampleSource = {
  notes:
    "Each file is complete and calls the sandbox that data/sandbox.json describes, or the file that SANDBOX_JSON names.",
  write: writeSamples,
};
