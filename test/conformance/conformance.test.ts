/** The same stories through every protocol, against one running server. */
import { after, before, suite, test } from "node:test";
import { assertInvariantsHold } from "../support/ledger-proof.ts";
import { createTestSandbox, type TestSandbox } from "../support/sandbox.ts";
import { conformingProtocols, getTitle } from "./protocols.ts";
import { stories } from "./stories.ts";
import { storyNames, type StoryName } from "./story-names.ts";
import { Story } from "./story.ts";

let sandbox: TestSandbox;
before(async () => {
  sandbox = await createTestSandbox({ sandboxClock: true });
});
after(() => sandbox[Symbol.asyncDispose]());

for (const protocol of conformingProtocols) {
  suite(getTitle(protocol), () => {
    for (const [name, title] of Object.entries(storyNames) as [StoryName, string][]) {
      if (protocol.exceptions[name] !== undefined) continue;
      test(title, async () => {
        await using story = await Story.begin(sandbox, protocol);
        await stories[name](story);
      });
    }
  });
}

test("the ledger's invariants hold after all stories", () => assertInvariantsHold(sandbox.databaseAddress));
