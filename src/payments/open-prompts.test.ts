/** The list of open prompts of a wallet, and its limits. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { addOpenPrompt, findPromptRefusal, removeOpenPrompt } from "./open-prompts.ts";

test("a wallet lists the application of each open prompt in ascending order", () => {
  let open = "";
  for (const id of [12n, 7n, 100n, 7n]) open = addOpenPrompt(open, id);
  assert.equal(open, "7 7 12 100");
  open = removeOpenPrompt(open, 7n);
  assert.equal(open, "7 12 100");
  assert.equal(removeOpenPrompt(open, 1n), open);
  for (const id of [100n, 7n, 12n]) open = removeOpenPrompt(open, id);
  assert.equal(open, "");
});

test("a limit refuses the next prompt, and the application's own limit is reported first", () => {
  const limits = { perCustomer: 3, perCustomerAndApplication: 2 };
  const table = [
    ["", null],
    ["7", null],
    ["5 7", null],
    ["7 7", "application_prompt_limit"],
    ["5 7 7", "application_prompt_limit"],
    ["5 5 7", "customer_prompt_limit"],
    ["1 2 3", "customer_prompt_limit"],
    ["77 17", null],
  ] as const;
  for (const [open, refusal] of table) assert.equal(findPromptRefusal(open, 7n, limits), refusal, open);
});

test("one open prompt over all callers is a limit of one for the customer", () => {
  const limits = { perCustomer: 1, perCustomerAndApplication: 1 };
  assert.equal(findPromptRefusal("5", 7n, limits), "customer_prompt_limit");
  assert.equal(findPromptRefusal("7", 7n, limits), "application_prompt_limit");
});
