/** The API key of IPG v1 of an application, for people. */
import { style } from "./styles.ts";

export const formatIpgV1Secrets = ({ apiKey = "" }: Readonly<Record<string, string>>): string =>
  `API key of IPG v1 (shown only once):\n${style("strong", apiKey)}`;
