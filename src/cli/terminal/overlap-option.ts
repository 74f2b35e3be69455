/** `--overlap`: how long replaced secrets stay valid. */
import { Option } from "commander";
import { msPerHour } from "../../core/clock.ts";
import { protocols } from "../../protocols/registry.ts";
import * as parse from "./option-parsers.ts";

/** Without a value, the option is absent, and the protocol's own overlap applies. */
export function createOverlapOption(): Option {
  const defaults = protocols.map(({ name, credentialOverlapMs }) =>
    credentialOverlapMs === 0 ? `0s for ${name}` : `${credentialOverlapMs / msPerHour}h for ${name}`,
  );
  return new Option(
    "--overlap <time>",
    `how long the old ones stay valid: 0s to 7d (default: ${defaults.join(", ")})`,
  ).argParser(parse.credentialOverlap);
}
