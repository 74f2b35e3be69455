/** Organisations of every kind: their accounts, their parents, and payments to and from them. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createTestSandbox, type TestSandbox } from "../../test/support/sandbox.ts";
import { collect, payOut, summarise, transfer } from "../../test/support/payments.ts";
import { railFor } from "../core/rails.ts";
import { fund } from "../payments/funding.ts";
import { readAccounts } from "../store/rail/accounts.ts";
import { organisationKinds, readOrganisation } from "../store/rail/organisations.ts";
import { accountKindsByOrganisation, parentKinds } from "./kinds.ts";
import { findParentProblem, ParentNotAllowed, registerOrganisations } from "./register-organisations.ts";

let sandbox: TestSandbox;
before(async () => {
  sandbox = await createTestSandbox();
});
after(() => sandbox[Symbol.asyncDispose]());

const getPayments = () => sandbox.platform.payments(railFor("sandbox", "vodacomTZN"));
const getContext = () => getPayments().context;

test("an organisation has exactly the accounts of its kind, and the database accepts each of them", async () => {
  for (const [index, kind] of organisationKinds.entries()) {
    const shortcode = `3000${index}`;
    await registerOrganisations(getContext(), [{ shortcode, name: "New", kind }]);
    const accounts = await readAccounts(getContext().sql, shortcode);
    assert.deepEqual(
      accounts.map((account) => account.kind),
      accountKindsByOrganisation[kind],
    );
  }
});

test("an existing organisation keeps its name, kind, parent and accounts", async () => {
  await registerOrganisations(getContext(), [{ shortcode: "310000", name: "First" }]);
  const again = { shortcode: "310000", name: "Second", kind: "till", parent: "999999" } as const;
  assert.deepEqual(await registerOrganisations(getContext(), [again]), new Set());
  assert.deepEqual(await readOrganisation(getContext().sql, "310000"), {
    shortcode: "310000",
    name: "First",
    kind: "paybill",
    parent: null,
  });
  const accounts = await readAccounts(getContext().sql, "310000");
  assert.deepEqual(
    accounts.map((account) => account.kind),
    accountKindsByOrganisation.paybill,
  );
});

test("a parent is accepted for the kinds in the table and for no others", () => {
  for (const kind of organisationKinds) {
    for (const parentKind of organisationKinds) {
      const isAllowed = parentKinds[kind]?.includes(parentKind) ?? false;
      assert.equal(
        findParentProblem(kind, "400000", parentKind) === null,
        isAllowed,
        `${kind} of ${parentKind}`,
      );
    }
    assert.notEqual(findParentProblem(kind, "400000", undefined), null);
  }
});

test("if one organisation cannot have its parent, none is registered", async () => {
  const list = [
    { shortcode: "320000", name: "Head office", kind: "head_office" },
    { shortcode: "320001", name: "Till", kind: "till", parent: "320009" },
  ] as const;
  await assert.rejects(
    registerOrganisations(getContext(), list),
    (error) => error instanceof ParentNotAllowed && error.shortcode === "320001",
  );
  assert.equal(await readOrganisation(getContext().sql, "320000"), undefined);
});

test("an organisation of every kind collects, pays out and transfers over OpenAPI v2", async () => {
  for (const [index, kind] of organisationKinds.entries()) {
    const shortcode = `3300${index}`;
    await registerOrganisations(getContext(), [{ shortcode, name: "New", kind }]);
    const account = { kind: "working", owner: shortcode } as const;
    await fund(getPayments(), {
      id: sandbox.platform.newId(),
      account,
      amountMinor: 100_00n,
      description: "",
    });
    const replies = [
      await collect(sandbox, { input_ServiceProviderCode: shortcode }),
      await payOut(sandbox, { input_ServiceProviderCode: shortcode }),
      await transfer(sandbox, { input_ReceiverPartyCode: shortcode }),
      await transfer(sandbox, { input_PrimaryPartyCode: shortcode }),
    ];
    assert.deepEqual(replies.map(summarise), Array(4).fill("201 INS-0"), kind);
  }
});

test("money for an account that the organisation does not have is refused", async () => {
  await registerOrganisations(getContext(), [{ shortcode: "340000", name: "Till", kind: "till" }]);
  const account = { kind: "utility", owner: "340000" } as const;
  const id = sandbox.platform.newId();
  const outcome = await fund(getPayments(), { id, account, amountMinor: 1n, description: "" });
  assert.equal(outcome.refusal, "organisation_unknown");
});
