/** The samples of a protocol: programs that make one call each, in several languages. */
export interface SampleSource {
  /** What the samples need and how to run them, in sentences. */
  readonly notes: string;
  /** Writes every sample into a directory, and creates it if necessary. Replaces older samples. Returns the paths. */
  write(directory: string): string[];
}
