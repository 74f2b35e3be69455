/** The parameters of the result of a payment that failed: the same for every command, and in both dialects. */
import { formatDottedTime } from "../g2/public-names.ts";
import type { SoapEntries } from "./messages.ts";
import type { SoapResultContext } from "./operation.ts";

export const listFailureParameters = ({ endedAt }: Pick<SoapResultContext, "endedAt">): SoapEntries => [
  ["Transaction DateTime", formatDottedTime(endedAt)],
];
