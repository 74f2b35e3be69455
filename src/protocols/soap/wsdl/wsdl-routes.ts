/** Where the WSDLs and schemas are served: `GET …?wsdl`, and `GET …?xsd` for the document in a message. */
import type { FastifyRequest } from "fastify";
import type { WsdlDescription, WsdlSchema } from "./describe-wsdl.ts";
import { requestDocumentSchema, responseDocumentSchema, resultDocumentSchema } from "./inner-schemas.ts";
import { renderSchema, renderWsdl } from "./render-wsdl.ts";
import {
  c2bService,
  changePasswordService,
  queryTransactionService,
  requestService,
  resultService,
  timeoutService,
} from "./services.ts";

interface DescribedPath {
  readonly service: WsdlDescription;
  /** The schemas of the documents in its messages, by the name in the query: `?xsd=response`. The first is that of `?xsd`. */
  readonly schemas: Readonly<Record<string, WsdlSchema>>;
}

const request: DescribedPath = {
  service: requestService,
  schemas: { request: requestDocumentSchema, response: responseDocumentSchema },
};

/** By path, in lower case. */
export const describedPaths: Readonly<Record<string, DescribedPath>> = {
  "/mminterface/request": request,
  "/mminterface/registerurl": request,
  "/mminterface/result": { service: resultService, schemas: { result: resultDocumentSchema } },
  "/mminterface/c2bpayment": { service: c2bService, schemas: {} },
  "/mminterface/timeout": { service: timeoutService, schemas: {} },
  "/querytransactionservice/services/transaction": { service: queryTransactionService, schemas: {} },
  "/changepasswordservice/services/changepassword": { service: changePasswordService, schemas: {} },
};

/** The document that a request asks for, or null. `path` is in lower case. */
export function findDescription(path: string, request: FastifyRequest): string | null {
  const described = describedPaths[path];
  const query = new URLSearchParams(request.url.split("?")[1] ?? "");
  const names = [...query.keys()].map((name) => name.toLowerCase());
  if (described === undefined) return null;
  if (names.includes("wsdl")) return renderWsdl(described.service, getAddress(request));
  const wanted = [...query].find(([name]) => name.toLowerCase() === "xsd")?.[1];
  if (wanted === undefined) return null;
  const schema = described.schemas[wanted === "" ? (Object.keys(described.schemas)[0] ?? "") : wanted];
  return schema === undefined ? null : renderSchema(schema);
}

/** The address that the caller used. */
function getAddress({ protocol, host, url }: FastifyRequest): string {
  const name = /^[\w.:[\]-]{1,255}$/.test(host) ? host : "localhost";
  return `${protocol}://${name}${url.split("?", 1)[0] ?? ""}`;
}
