/** The consumer key and secret of an application, for people. */
import { style } from "./styles.ts";

export const formatDarajaSecrets = ({
  consumerKey = "",
  consumerSecret = "",
}: Readonly<Record<string, string>>): string =>
  `Consumer key of Daraja (shown only once):\n${style("strong", consumerKey)}\n\nConsumer secret:\n${style("strong", consumerSecret)}`;
