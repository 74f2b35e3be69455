/** What npm runs when this package has been installed: see their-node.cjs. An installation never fails by it. */
"use strict";
try {
  require("./resolve-command.cjs").command([]);
} catch {
  // No Node 26 for this machine: whoever starts a program of ours is told.
}
