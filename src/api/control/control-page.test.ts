import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { renderControlPage } from "../../../tools/docs/control-api.ts";
import { renderSdkControlTypes } from "../../../tools/docs/sdk-control-types.ts";
import { routes } from "./routes.ts";

test("docs/control-api.md is up to date and has every route", () => {
  const page = readFileSync("docs/control-api.md", "utf8");

  assert.equal(page, renderControlPage());
  const named = [...page.matchAll(/^### `(.+)`$/gm)].map(([, name]) => name);
  assert.deepEqual(
    named,
    routes.map(({ method, path }) => `${method} ${path}`),
  );
});

test("the SDK has the control API's types as the routes have them", () => {
  assert.equal(readFileSync("sdk/src/testing/generated.ts", "utf8"), renderSdkControlTypes());
});
