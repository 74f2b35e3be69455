/** The Broker's paths, and the answer to requests that match none. */
import type { RenderedResponse, UnmatchedRequest } from "../protocol.ts";
import { formatPath } from "../unmatched-request.ts";
import { xmlDocument, xmlElement } from "./xml/write-xml.ts";
import { envelopeNamespace } from "./xml/soap-envelope.ts";

/** The beginnings of the Broker's paths. Everything below them is the Broker's, also what is no call. */
export const pathPrefixes = [
  "/mminterface",
  "/querytransactionservice",
  "/changepasswordservice",
  "/mpesa_online",
] as const;

export type SoapService = "command" | "queryTransaction" | "changePassword";

/** In lower case: paths are matched without regard to case. */
const services: Readonly<Record<string, SoapService>> = {
  "/mminterface/request": "command",
  "/mminterface/registerurl": "command",
  "/querytransactionservice/services/transaction": "queryTransaction",
  "/changepasswordservice/services/changepassword": "changePassword",
};

/** The path of a URL in lower case, without doubled slashes and without a slash at its end. */
export const normalisePath = (url: string): string => {
  const path = (url.split("?", 1)[0] ?? "").toLowerCase().replaceAll(/\/{2,}/g, "/");
  return path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
};

export const findService = (path: string): SoapService | undefined =>
  Object.hasOwn(services, path) ? services[path] : undefined;

/** A SOAP fault: the request is none of a service, so there is no response of a service. */
export function renderUnmatchedRequest({ method, url }: UnmatchedRequest): RenderedResponse {
  const isService = findService(normalisePath(url)) !== undefined;
  const message = isService
    ? "Send requests by POST; ?wsdl describes the service."
    : `No service of the SOAP Broker has the path ${formatPath(url)}.`;
  const fault = xmlElement(
    "soapenv:Envelope",
    { "xmlns:soapenv": envelopeNamespace },
    xmlElement(
      "soapenv:Body",
      {},
      xmlElement(
        "soapenv:Fault",
        {},
        xmlElement("faultcode", {}, "soapenv:Client"),
        xmlElement("faultstring", {}, `${message} Method: ${method.replaceAll(/[^A-Z]/g, "")}.`),
      ),
    ),
  );
  return {
    status: isService ? 405 : 404,
    headers: { "content-type": "text/xml;charset=UTF-8" },
    body: xmlDocument(fault),
  };
}
