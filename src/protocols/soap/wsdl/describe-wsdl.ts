/** What a WSDL describes: one service with its messages, in the form that every SOAP library reads (1.1, document/literal). */

/** A field of a complex type. */
export interface WsdlField {
  readonly name: string;
  /** A simple type of XML Schema such as `string`, or the name of a complex type of the same schema. */
  readonly type: string;
  readonly isOptional?: true;
  readonly isList?: true;
  /** The namespace of the global element that it is, if that is another schema's. */
  readonly foreignNamespace?: string;
}

/** The schema of one namespace. */
export interface WsdlSchema {
  readonly namespace: string;
  /** Whether the fields of complex types are in the namespace. */
  readonly areFieldsQualified: boolean;
  /** Global elements: their names, and a simple type or the name of a complex type. */
  readonly elements: Readonly<Record<string, string>>;
  readonly types?: Readonly<Record<string, readonly WsdlField[]>>;
}

/** The qualified name of a global element. */
export interface WsdlElementName {
  readonly namespace: string;
  readonly element: string;
}

export interface WsdlMessage {
  readonly name: string;
  readonly part: string;
  readonly content: WsdlElementName;
}

export interface WsdlOperation {
  readonly name: string;
  readonly soapAction: string;
  readonly input: WsdlMessage;
  readonly output: WsdlMessage;
  /** The header of the request. */
  readonly header?: WsdlMessage;
}

export interface WsdlDescription {
  readonly targetNamespace: string;
  readonly schemas: readonly WsdlSchema[];
  readonly portType: string;
  readonly binding: string;
  readonly service: string;
  readonly port: string;
  readonly operations: readonly WsdlOperation[];
}
