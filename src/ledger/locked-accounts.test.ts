/** The changes of a batch's accounts: differences of balances, and only the texts that the batch changed. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { LockedAccounts, type Account } from "./locked-accounts.ts";

const createAccount = (id: bigint, kind: Account["kind"], owner: string): Account => ({
  id,
  kind,
  owner,
  status: "active",
  behaviour: "approve",
  availableMinor: 1000n,
  heldMinor: 0n,
  dailyUsage: "1",
  recentPayments: "2",
  openPrompts: "7",
  blockedOrganisations: "",
  hasHandset: false,
});

test("a text that the batch did not change is not written, so that another batch's change is kept", () => {
  const customer = createAccount(1n, "wallet", "254722000001");
  const till = createAccount(2n, "merchant", "500102");
  const accounts = new LockedAccounts([customer, till]);
  accounts.apply([{ from: customer, to: till, amountMinor: 300n, type: "collection" }]);
  customer.openPrompts = "";
  assert.deepEqual(accounts.getBalanceChanges(), [
    {
      id: 1n,
      availableMinor: -300n,
      heldMinor: 0n,
      dailyUsage: null,
      recentPayments: null,
      openPrompts: "",
    },
    {
      id: 2n,
      availableMinor: 300n,
      heldMinor: 0n,
      dailyUsage: null,
      recentPayments: null,
      openPrompts: null,
    },
  ]);
});
