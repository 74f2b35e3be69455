/** Writes WSDL 1.1 and XML Schema from their descriptions. */
import { xmlDocument, xmlElement, type XmlMarkup } from "../xml/write-xml.ts";
import type {
  WsdlDescription,
  WsdlElementName,
  WsdlField,
  WsdlMessage,
  WsdlOperation,
  WsdlSchema,
} from "./describe-wsdl.ts";

const wsdlNamespace = "http://schemas.xmlsoap.org/wsdl/";
const soapNamespace = "http://schemas.xmlsoap.org/wsdl/soap/";
const schemaNamespace = "http://www.w3.org/2001/XMLSchema";

const simpleTypes: ReadonlySet<string> = new Set([
  "string",
  "int",
  "integer",
  "long",
  "double",
  "decimal",
  "anyURI",
  "boolean",
]);

/** The WSDL of a service at an address. */
export function renderWsdl(description: WsdlDescription, address: string): string {
  const { targetNamespace, schemas, service, port, binding } = description;
  const prefixes = new Map<string, string>([[targetNamespace, "tns"]]);
  for (const { namespace } of schemas)
    if (!prefixes.has(namespace)) prefixes.set(namespace, `ns${prefixes.size}`);
  const declarations = Object.fromEntries(
    [...prefixes].map(([namespace, prefix]) => [`xmlns:${prefix}`, namespace]),
  );
  const root = xmlElement(
    "wsdl:definitions",
    {
      "xmlns:wsdl": wsdlNamespace,
      "xmlns:soap": soapNamespace,
      "xmlns:xs": schemaNamespace,
      ...declarations,
      targetNamespace,
    },
    xmlElement(
      "wsdl:types",
      {},
      schemas.map((schema) => renderSchemaElement(schema)),
    ),
    listMessages(description).map((message) => renderMessage(message, prefixes)),
    renderPortType(description),
    renderBinding(description),
    xmlElement(
      "wsdl:service",
      { name: service },
      xmlElement(
        "wsdl:port",
        { name: port, binding: `tns:${binding}` },
        xmlElement("soap:address", { location: address }),
      ),
    ),
  );
  return xmlDocument(root);
}

/** A schema as a document of its own. */
export const renderSchema = (schema: WsdlSchema): string => xmlDocument(renderSchemaElement(schema));

/** Types of the schema have the prefix `own`. */
function renderSchemaElement({ namespace, areFieldsQualified, elements, types = {} }: WsdlSchema): XmlMarkup {
  return xmlElement(
    "xs:schema",
    {
      "xmlns:xs": schemaNamespace,
      "xmlns:own": namespace,
      targetNamespace: namespace,
      elementFormDefault: areFieldsQualified ? "qualified" : "unqualified",
    },
    listImports(types).map((imported) => xmlElement("xs:import", { namespace: imported })),
    Object.entries(types).map(([name, fields]) =>
      xmlElement("xs:complexType", { name }, xmlElement("xs:sequence", {}, fields.map(renderField))),
    ),
    Object.entries(elements).map(([name, type]) =>
      xmlElement("xs:element", { name, type: toTypeName(type) }),
    ),
  );
}

const listImports = (types: NonNullable<WsdlSchema["types"]>): readonly string[] => [
  ...new Set(
    Object.values(types)
      .flat()
      .flatMap(({ foreignNamespace }) => foreignNamespace ?? []),
  ),
];

const renderField = ({ name, type, isOptional, isList, foreignNamespace }: WsdlField): XmlMarkup =>
  xmlElement("xs:element", {
    ...(foreignNamespace === undefined
      ? { name, type: toTypeName(type) }
      : { "xmlns:other": foreignNamespace, ref: `other:${name}` }),
    minOccurs: isOptional === true ? "0" : undefined,
    maxOccurs: isList === true ? "unbounded" : undefined,
  });

const toTypeName = (type: string): string => (simpleTypes.has(type) ? `xs:${type}` : `own:${type}`);

/** Each message once, also if several operations have it. */
function listMessages({ operations }: WsdlDescription): readonly WsdlMessage[] {
  const all = operations.flatMap(({ input, output, header }) => [
    input,
    output,
    ...(header === undefined ? [] : [header]),
  ]);
  return [...new Map(all.map((message) => [message.name, message])).values()];
}

const renderMessage = (
  { name, part, content }: WsdlMessage,
  prefixes: ReadonlyMap<string, string>,
): XmlMarkup =>
  xmlElement(
    "wsdl:message",
    { name },
    xmlElement("wsdl:part", { name: part, element: toQualifiedName(content, prefixes) }),
  );

const toQualifiedName = (
  { namespace, element }: WsdlElementName,
  prefixes: ReadonlyMap<string, string>,
): string => `${prefixes.get(namespace) ?? "tns"}:${element}`;

const renderPortType = ({ portType, operations }: WsdlDescription): XmlMarkup =>
  xmlElement(
    "wsdl:portType",
    { name: portType },
    operations.map(({ name, input, output }) =>
      xmlElement(
        "wsdl:operation",
        { name },
        xmlElement("wsdl:input", { message: `tns:${input.name}` }),
        xmlElement("wsdl:output", { message: `tns:${output.name}` }),
      ),
    ),
  );

const renderBinding = ({ binding, portType, operations }: WsdlDescription): XmlMarkup =>
  xmlElement(
    "wsdl:binding",
    { name: binding, type: `tns:${portType}` },
    xmlElement("soap:binding", { style: "document", transport: "http://schemas.xmlsoap.org/soap/http" }),
    operations.map(renderBoundOperation),
  );

function renderBoundOperation({ name, soapAction, header }: WsdlOperation): XmlMarkup {
  const body = xmlElement("soap:body", { use: "literal" });
  const headerPart =
    header === undefined
      ? null
      : xmlElement("soap:header", { message: `tns:${header.name}`, part: header.part, use: "literal" });
  return xmlElement(
    "wsdl:operation",
    { name },
    xmlElement("soap:operation", { soapAction, style: "document" }),
    xmlElement("wsdl:input", {}, body, headerPart),
    xmlElement("wsdl:output", {}, body),
  );
}
