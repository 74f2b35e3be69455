/** `/openapi.json` is a valid document and lists exactly what the operation and route tables list. */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { Validator } from "@seriousme/openapi-schema-validator";
import { resources } from "../src/api/control/routes.ts";
import { portalResources } from "../src/api/portal/routes.ts";
import { authenticationFailures } from "../src/protocols/openapi-v2/authentication/authenticate.ts";
import { findResponseCode, type Code } from "../src/protocols/openapi-v2/codes.ts";
import { getSession } from "../src/protocols/openapi-v2/operations/get-session.ts";
import { acknowledgementFields, listCallbackFields } from "../src/protocols/openapi-v2/api-spec-callbacks.ts";
import { buildExampleRequest } from "../src/protocols/daraja/examples.ts";
import { operations as darajaOperations } from "../src/protocols/daraja/operations.ts";
import { codes as ipgV1Codes } from "../src/protocols/ipg-v1/codes.ts";
import { operations as ipgV1Operations } from "../src/protocols/ipg-v1/operations.ts";
import { pathTo } from "./support/ipg-v1.ts";
import { operations } from "../src/protocols/openapi-v2/operations.ts";
import { readXml } from "../src/protocols/soap/xml/read-xml.ts";
import { examplePayload } from "../src/protocols/openapi-v2/example-payloads.ts";
import { createTestSandbox } from "./support/sandbox.ts";

const failures = Object.values(authenticationFailures);
// oxlint-disable-next-line typescript/no-explicit-any -- the document is read by the names that it should have
let document: any;
let contentType: string | null;
before(async () => {
  await using sandbox = await createTestSandbox();
  const served = await fetch(`${sandbox.url}/openapi.json`);
  assert.equal(served.status, 200);
  contentType = served.headers.get("content-type");
  document = await served.json();
});

/** The node itself, or the node that it refers to. */
// oxlint-disable-next-line typescript/no-explicit-any
function resolveReference(node: any): any {
  if (node?.$ref === undefined) return node;
  const [, ...steps] = node.$ref.split("/");
  return steps.reduce((from: Record<string, unknown>, step: string) => from[step], document);
}

const environmentPaths = ["/sandbox/ipg/v2/{market}", "/openapi/ipg/v2/{market}"];

test("it is served, and is valid OpenAPI 3.1", async () => {
  assert.match(contentType ?? "", /^application\/json/);
  const validator = new Validator();
  const { valid, errors } = await validator.validate(structuredClone(document));
  assert(valid, JSON.stringify(errors));
  assert.equal(validator.version, "3.1");
});

test("every $ref resolves, and every operationId is unique", () => {
  const references = JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g);
  for (const [, $ref = ""] of references) assert.notEqual(resolveReference({ $ref }), undefined, $ref);

  const names = Object.values(document.paths).flatMap((path) =>
    Object.values(path as object).map(({ operationId }: { operationId: string }) => operationId),
  );
  assert.equal(new Set(names).size, names.length);
  const darajaCalls = darajaOperations.length + 1;
  const soapServices = ["request", "registerUrl", "queryTransaction", "changePassword", "lnmoCheckout"]
    .length;
  assert.equal(
    names.length,
    2 * (operations.length + 1) +
      darajaCalls +
      ipgV1Operations.length +
      soapServices +
      Object.values(resources).flat().length +
      Object.values(portalResources).flat().length +
      7,
  );
});

test("every SOAP service is listed with its WSDL and well-formed examples", () => {
  // oxlint-disable-next-line typescript/no-explicit-any
  const services = Object.entries<any>(document.paths).flatMap(([path, { post }]) =>
    post?.operationId.startsWith("soap_") === true ? [[path, post] as const] : [],
  );
  assert.equal(services.length, 5);
  for (const [path, { externalDocs, requestBody, responses }] of services) {
    assert.equal(externalDocs.url, `${path}?wsdl`);
    for (const { content } of [requestBody, responses["200"]])
      assert("root" in readXml(content["text/xml"].example), path);
  }
});

test("every call of IPG v1 is listed with its fields, its example and the statuses of its codes", () => {
  for (const operation of ipgV1Operations) {
    const spec = document.paths[pathTo(operation)][operation.method.toLowerCase()];
    const names =
      operation.method === "GET"
        ? spec.parameters.map(({ name }: { name: string }) => name)
        : Object.keys(resolveReference(spec.requestBody.content["application/json"].schema).properties);
    assert.deepEqual(names, Object.keys(operation.parameters), operation.product);
    const { success, codes: listed } = operation;
    const statuses = [success.status, ...listed.map((code) => ipgV1Codes[code].status)];
    const described = Object.keys(spec.responses).filter((name) => name !== "default");
    assert.deepEqual(described, [...new Set(statuses)].map(String).toSorted(), operation.product);
  }
});

test("every call of Daraja is listed with its fields and its sample", () => {
  for (const operation of darajaOperations) {
    const spec = document.paths[operation.path][(operation.method ?? "POST").toLowerCase()];
    const content = spec.requestBody.content["application/json"];
    const isList = operation.body === "list";
    const schema = resolveReference(isList ? content.schema.items : content.schema);
    const topNames = Object.keys(operation.fields).map((name) => name.split(".")[0]);
    assert.deepEqual(Object.keys(schema.properties), [...new Set(topNames)], operation.name);
    const example = buildExampleRequest(operation);
    assert.deepEqual(content.example, isList ? [example] : example);
  }
});

test("every call is listed in both environments with its markets, parameters, expressions and sample", () => {
  for (const operation of operations) {
    for (const prefix of environmentPaths) {
      const operationSpec = document.paths[`${prefix}/${operation.path}/`][operation.method.toLowerCase()];
      const sample = examplePayload(operation);
      const [market] = operationSpec.parameters;
      assert.deepEqual(market.schema.enum.length, operation.markets?.length ?? 5);

      const content = operationSpec.requestBody?.content["application/json"];
      const inQuery = Object.fromEntries(
        operationSpec.parameters
          .slice(2)
          .map((item: { name: string; schema: object }) => [item.name, item.schema]),
      );
      const fields = content === undefined ? inQuery : resolveReference(content.schema).properties;
      const names = [...Object.keys(operation.parameters), "input_ResponseURL"];
      assert.deepEqual(Object.keys(fields), names, operation.product);
      if (content !== undefined) assert.deepEqual(content.example, sample);
      for (const [name, { expression, marketExpressions, code, mandatory }] of Object.entries(
        operation.parameters,
      )) {
        const patterns = [
          fields[name].pattern,
          ...(fields[name].anyOf ?? []).map((item: { pattern: string }) => item.pattern),
        ];
        for (const item of [expression, ...Object.values(marketExpressions ?? {})]) {
          if (item !== null) assert(patterns.includes(item.source), `${operation.product} ${name}`);
        }
        assert.match(fields[name].description, new RegExp(`${code}\\.$`));
        const required: string[] = content === undefined ? [] : resolveReference(content.schema).required;
        const parameter = operationSpec.parameters.find((item: { name: string }) => item.name === name);
        assert.equal(
          parameter?.required ?? required.includes(name),
          mandatory,
          `${operation.product} ${name}`,
        );
      }
    }
  }
});

test("every call lists exactly its documented codes, with their statuses and texts", () => {
  for (const operation of [...operations, getSession]) {
    const operationSpec =
      document.paths[`/sandbox/ipg/v2/{market}/${operation.path}/`][operation.method.toLowerCase()];
    const { default: _plain, ...responses } = operationSpec.responses;
    const documentedResults = Object.entries(responses).flatMap(([status, response]) =>
      Object.values(resolveReference(response).content["application/json"].examples).map((example) => {
        const { output_ResponseCode: code, output_ResponseDesc: text, output_error: refused } =
          // oxlint-disable-next-line typescript/no-explicit-any
          (example as any).value;
        return refused === undefined ? `${status} ${code} ${text}` : null;
      }),
    );
    const expectedResults = (Object.keys(operation.codes) as Code[])
      .filter((code) => code !== "INS-989" && code !== "INS-0")
      .map((code) => findResponseCode(operation.codes, code))
      .map(({ code, status, text }) => `${status} ${code} ${text}`);
    expectedResults.push(
      `${operation.success.status} ${operation.success.code} Request processed successfully`,
    );
    assert.deepEqual(documentedResults.filter((line) => line !== null).sort(), expectedResults.sort());
  }
});

test("every authentication failure is an example of 401, and of 400 for getSession", () => {
  for (const operation of [...operations, getSession]) {
    const operationSpec =
      document.paths[`/openapi/ipg/v2/{market}/${operation.path}/`][operation.method.toLowerCase()];
    const refused = resolveReference(operationSpec.responses[operation === getSession ? 400 : 401]).content[
      "application/json"
    ].examples;
    const documentedReasons = Object.values(refused).map(
      (example) => (example as { value: { output_error?: string } }).value.output_error,
    );
    for (const reason of failures) assert(documentedReasons.includes(reason), reason);
  }
});

test("every call lists its callback, with the code that acknowledges it", () => {
  for (const operation of operations) {
    const operationSpec =
      document.paths[`/sandbox/ipg/v2/{market}/${operation.path}/`][operation.method.toLowerCase()];
    const [post] = Object.values(resolveReference(operationSpec.callbacks.result)).map(
      (item) => (item as { post: unknown }).post,
    );
    // oxlint-disable-next-line typescript/no-explicit-any
    const { requestBody, responses } = post as any;
    const sent = requestBody.content["application/json"].schema;
    const { schema, example } = responses[200].content["application/json"];
    assert.deepEqual(Object.keys(sent.properties), listCallbackFields(operation.callback));
    assert.deepEqual(Object.keys(schema.properties), [...acknowledgementFields]);
    assert.equal(example.output_ResponseCode, operation.callback.acknowledgementCode);
  }
});

test("every route of the control API is listed with its fields", () => {
  for (const route of Object.values(resources).flat()) {
    const operationSpec = document.paths[`/control/v1${route.path}`][route.method.toLowerCase()];
    assert.deepEqual(operationSpec.security, [{ controlToken: [] }]);
    assert.equal(operationSpec.description, route.summary);
    if (route.body !== undefined) {
      assert.deepEqual(
        operationSpec.requestBody.content["application/json"].schema,
        JSON.parse(JSON.stringify(route.body)),
      );
    }
    const success = operationSpec.responses[route.status];
    assert.equal(success.content === undefined, route.status === 204, route.path);
  }
});
