/** Writes the samples: every call in every language. */
import { join } from "node:path";
import type { SampleSource } from "../../samples/sample-source.ts";
import { writeFiles } from "../../samples/write-files.ts";
import { csharp } from "./csharp.ts";
import { curl } from "./curl.ts";
import { java } from "./java.ts";
import type { IpgV1SampleLanguage } from "./language.ts";
import { php } from "./php.ts";
import { python } from "./python.ts";
import { sampleCalls, type IpgV1SampleCall } from "./sample-calls.ts";
import { typescript } from "./typescript.ts";

export const languages: readonly IpgV1SampleLanguage[] = [curl, typescript, python, php, java, csharp];

/** A sample as a file. */
export interface IpgV1Sample {
  readonly language: IpgV1SampleLanguage;
  readonly call: IpgV1SampleCall;
  /** `<directory>/<language>/<file>`. */
  readonly path: string;
  readonly text: string;
}

/** Every sample, as it is in a directory. */
export const renderSamples = (directory: string): IpgV1Sample[] =>
  languages.flatMap((language) =>
    sampleCalls.map((call) => {
      const path = join(directory, language.id, language.fileName(call));
      return { language, call, path, text: language.render(call, path) };
    }),
  );

export const samples: SampleSource = {
  notes:
    "Each file is complete and calls the sandbox that data/sandbox.json describes, or the file that SANDBOX_JSON names.",
  write: (directory) => writeFiles(renderSamples(directory)),
};
