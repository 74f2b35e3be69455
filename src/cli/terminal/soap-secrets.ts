/** The credentials of a service provider of the SOAP Broker, when they are issued. */
import { style } from "./styles.ts";

export const formatSoapSecrets = ({
  spId = "",
  serviceId = "",
  spPassword = "",
  passwordKey = "",
  passwordVector = "",
}: Readonly<Record<string, string>>): string =>
  [
    `Service provider of the SOAP Broker: spId ${spId}, serviceId ${serviceId}`,
    `Its password (shown only once):\n${style("strong", spPassword)}`,
    `Key and vector for changePassword:\n${passwordKey}  ${passwordVector}`,
  ].join("\n\n");
