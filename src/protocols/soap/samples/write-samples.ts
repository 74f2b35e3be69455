/** Writes the samples: every command, and every call of the LNMO checkout, in every language. */
import { join } from "node:path";
import type { SampleSource } from "../../samples/sample-source.ts";
import { writeFiles } from "../../samples/write-files.ts";
import { renderLnmoSamples } from "../lnmo/samples/write-samples.ts";
import { java } from "./java.ts";
import type { SoapSampleLanguage } from "./language.ts";
import { php } from "./php.ts";
import { python } from "./python.ts";
import { sampleCalls, type SoapSampleCall } from "./sample-calls.ts";
import { typescript } from "./typescript.ts";

export const languages: readonly SoapSampleLanguage[] = [typescript, python, php, java];

/** A sample as a file. */
export interface SoapSample {
  readonly language: SoapSampleLanguage;
  readonly call: SoapSampleCall;
  /** `<directory>/<language>/<file>`. */
  readonly path: string;
  readonly text: string;
}

/** Every sample of a command, as it is in a directory. */
export const renderSamples = (directory: string): SoapSample[] =>
  languages.flatMap((language) =>
    sampleCalls.map((call) => {
      const path = join(directory, language.id, language.fileName(call));
      return { language, call, path, text: language.render(call, path) };
    }),
  );

export const samples: SampleSource = {
  notes:
    "Each file is complete and calls the sandbox that data/sandbox.json describes, or the file that SANDBOX_JSON names.",
  write: (directory) => writeFiles([...renderSamples(directory), ...renderLnmoSamples(directory)]),
};
