/** Writes the checkout's samples: every call in every language. */
import { join } from "node:path";
import { java } from "./java.ts";
import type { LnmoSampleLanguage } from "./language.ts";
import { php } from "./php.ts";
import { python } from "./python.ts";
import { sampleCalls, type LnmoSampleCall } from "./sample-calls.ts";
import { typescript } from "./typescript.ts";

const languages: readonly LnmoSampleLanguage[] = [typescript, python, php, java];

/** A sample as a file. */
export interface LnmoSample {
  readonly language: LnmoSampleLanguage;
  readonly call: LnmoSampleCall;
  /** `<directory>/<language>/<file>`. */
  readonly path: string;
  readonly text: string;
}

/** Every sample, as it is in a directory. */
export const renderLnmoSamples = (directory: string): LnmoSample[] =>
  languages.flatMap((language) =>
    sampleCalls.map((call) => {
      const path = join(directory, language.id, language.fileName(call));
      return { language, call, path, text: language.render(call, path) };
    }),
  );
