/** The samples of a protocol: programs that make one call each, in several languages. */
export interface SampleSource {
  /** What the samples need and how to run them, in sentences. */
  readonly notes: string;
  /** The content of every file, by its path. */
  render(): ReadonlyMap<string, string>;
}
