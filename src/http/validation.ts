/** Validates requests of our own JSON APIs with TypeBox, as a validator compiler of Fastify. */
import { TypeBoxValidatorCompiler } from "@fastify/type-provider-typebox";
import type { FastifySchemaCompiler } from "fastify";
import type { TSchema } from "typebox";
import type { TLocalizedValidationError } from "typebox/error";
import { describeErrors } from "../core/schema-errors.ts";

/** A part of a request does not match its schema. The message names the field and what is right. */
export class InvalidRequest extends Error {
  readonly statusCode = 400;
  /** The field, such as `customers[0].msisdn`; empty for the whole part. */
  readonly field: string;

  constructor(message: string, field: string) {
    super(message);
    this.field = field;
  }
}

const partNames: Readonly<Record<string, string>> = {
  body: "The body",
  querystring: "The query",
  params: "The path",
  headers: "The headers",
};

/** Values in a body are not converted: an amount must not be a JSON number, so `1000` is not accepted for `"1000"`. */
export const compileValidator: FastifySchemaCompiler<TSchema> = (route) => {
  const validate = TypeBoxValidatorCompiler(route);
  const name = partNames[route.httpPart ?? ""] ?? "The request";
  return (value: unknown) => {
    const result = validate(value) as { value: unknown } | { error: readonly TLocalizedValidationError[] };
    if ("value" in result) return result;
    const { message, path } = describeErrors(route.schema, result.error, name);
    return { error: new InvalidRequest(message, path) };
  };
};
