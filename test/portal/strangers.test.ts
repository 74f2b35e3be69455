/**
 * Strangers at the portal's API: without a session, and pages of other servers.
 *
 * Routes are listed by the API itself, so a new route is tried without a change here.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { portalResources } from "../../src/api/portal/routes.ts";
import { portalPrefix, type PortalRoute } from "../../src/api/portal/route.ts";
import { createDeveloper } from "../support/developers.ts";
import { createTestSandbox, type TestSandbox } from "../support/sandbox.ts";

let sandbox: TestSandbox;
before(async () => {
  sandbox = await createTestSandbox();
});
after(() => sandbox[Symbol.asyncDispose]());

const routes: readonly PortalRoute[] = Object.values(portalResources).flat();

/** A valid value for each parameter of a path. */
const values: Readonly<Record<string, string>> = {
  market: "vodacomTZN",
  msisdn: "255750000001",
  name: "name",
};

const toUrl = ({ path }: PortalRoute): string =>
  sandbox.url +
  portalPrefix +
  path.replaceAll(/\{(\w+)\}/g, (_match, name: string) => values[name] ?? "1".repeat(17));

async function send(route: PortalRoute, headers: Readonly<Record<string, string>>): Promise<Response> {
  const { method } = route;
  const hasBody = method !== "GET" && route.body !== undefined;
  return fetch(toUrl(route), {
    method,
    headers: { ...headers, ...(hasBody ? { "content-type": "application/json" } : {}) },
    ...(hasBody ? { body: "{}" } : {}),
  });
}

test("without a session, a route that needs one says so and does nothing", async () => {
  const protectedRoutes = routes.filter(({ access }) => access === "developer");
  for (const route of protectedRoutes) {
    // A program on this machine is not a page of this server, so the local tools do not sign it in.
    const { status } = await send(route, {});
    assert.equal(status, 401, `${route.method} ${route.path}`);
  }
});

test("a developer reaches no object of another one: each route that names one responds 404", async () => {
  const developer = await createDeveloper(sandbox);
  const named = routes.filter(
    ({ access, path }) => access === "developer" && /\{(?:id|credential|number)\}/.test(path),
  );
  assert(named.length > 0);
  for (const route of named) {
    // Without a valid body, a route must not say more than with one.
    const { status } = await send(route, developer.headers);
    assert([404, 400].includes(status), `${route.method} ${route.path}: ${status}`);
  }
});

test("a session of one developer shows none of another", async () => {
  const [first, second] = [await createDeveloper(sandbox), await createDeveloper(sandbox)];
  const { sessions } = (await first.call("GET", "/account/sessions")).body;
  const [own] = sessions;
  assert.equal((await second.call("DELETE", `/account/sessions/${own.id}`)).status, 404);
  assert.equal((await first.call("GET", "/account/sessions")).body.sessions.length, 1);
  assert.equal((await second.call("DELETE", "/account/sessions")).status, 204);
  assert.equal((await first.call("GET", "/account")).body.email, first.email);
});

test("a page of another server reaches no route", async () => {
  for (const route of routes) {
    for (const headers of [
      { origin: "https://shop.example" },
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site" },
    ]) {
      const { status } = await send(route, headers);
      assert.equal(status, 403, `${route.method} ${route.path}`);
    }
  }
});
